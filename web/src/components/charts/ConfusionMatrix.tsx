// A confusion matrix as a table whose cells are coloured by their share of the row.

import { Group, Text } from "@mantine/core";

import { fileName } from "../../model/files";
import { accuracyOf, numberText, shares, type Matrix } from "../../model/metrics";
import classes from "./charts.module.css";
import { saveCsv } from "./save";
import { SaveMenu } from "./SaveMenu";

/** Deep enough to be told apart, light enough for the number in it to be read: text keeps its own colour on both grounds. */
const shade = (share: number, right: boolean): string =>
  `color-mix(in srgb, var(--mantine-color-${right ? "teal" : "orange"}-filled) ${Math.round(Math.sqrt(share) * 45)}%, transparent)`;

export function ConfusionMatrix({ matrix, title }: { matrix: Matrix; title: string }) {
  const accuracy = accuracyOf(matrix);
  const save = () =>
    saveCsv(
      fileName([title, "confusion matrix"], "csv"),
      ["true \\ predicted", ...matrix.labels],
      matrix.rows.map((row, index) => [matrix.labels[index] ?? "", ...row]),
    );
  return (
    <div>
      <div className={classes.matrixBox} role="group" tabIndex={0} aria-label={`Confusion matrix, ${title}`}>
        <table className={classes.matrix}>
          <caption>{title}</caption>
          <thead>
            <tr>
              <td />
              <th className={classes.axis} colSpan={matrix.labels.length} scope="colgroup">
                Predicted
              </th>
            </tr>
            <tr>
              <th className={classes.axis} scope="col">
                True
              </th>
              {matrix.labels.map((label, column) => (
                <th key={column} scope="col" title={label}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <Cells matrix={matrix} />
        </table>
      </div>
      <Group gap="sm" mt="xs">
        <Text c="dimmed" size="sm">
          {accuracy === undefined ? "No cases." : `${percent(accuracy)} on the diagonal (framed). Deeper colour: a larger share of its row.`}
        </Text>
        <SaveMenu subject={title} ways={[{ label: "CSV", save }]} />
      </Group>
    </div>
  );
}

function Cells({ matrix }: { matrix: Matrix }) {
  const share = shares(matrix);
  const hint = (index: number, column: number, count: number) =>
    `true ${matrix.labels[index] ?? ""}, predicted ${matrix.labels[column] ?? ""}: ${numberText(count)} (${percent(share[index]?.[column] ?? 0)} of the row)`;
  return (
    <tbody>
      {matrix.rows.map((row, index) => (
        <tr key={index}>
          <th scope="row" title={matrix.labels[index]}>
            {matrix.labels[index] ?? ""}
          </th>
          {row.map((count, column) => (
            <td data-diagonal={index === column || undefined} key={column} style={{ background: shade(share[index]?.[column] ?? 0, index === column) }} title={hint(index, column, count)}>
              {numberText(count)}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

const percent = (share: number): string => `${numberText(Math.round(share * 1000) / 10)}%`;
