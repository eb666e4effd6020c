// Series of one metric over their steps: the lines, numbers in words beside them, and the same as a table.

import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { lazy, Suspense, useId, useMemo, useState } from "react";

import { canBeLog, factsOf, type NamedSeries, notesOfAll, plotOf, type Scale, tableOf } from "../../model/series";
import { patiently } from "../../patient";
import { CsvTable } from "../artifacts/CsvTable";
import { LoadingPage } from "../LoadingPage";
import classes from "./charts.module.css";
import { waysToSave } from "./drawings";
import { Legend, useHidden } from "./Legend";
import { SaveMenu } from "./SaveMenu";

const SeriesPlot = lazy(() => patiently(() => import("./SeriesPlot")));

interface Props {
  /** Where there are several charts of that title, `place` tells them apart. */
  title: string;
  place?: string;
  /** One without a name of its own, or several with one each. */
  lines: readonly NamedSeries[];
}

const VIEWS = { linear: "Linear", log: "Log", table: "Table" } as const;
type View = keyof typeof VIEWS;

const isView = (value: string): value is View => Object.hasOwn(VIEWS, value);

export function SeriesChart({ title, place = "", lines }: Props) {
  const id = useId();
  const [hidden, toggle] = useHidden();
  const [view, setView] = useState<View>("linear");
  const [trouble, setTrouble] = useState("");
  const full = place === "" ? title : `${place}, ${title}`;
  const items = lines.map((line) => ({ id: line.id, label: labelOf(line), place: line.place }));
  const views = (Object.keys(VIEWS) as View[]).filter((one) => one !== "log" || canBeLog(lines));
  const scale: Scale = view === "log" && views.includes("log") ? "log" : "linear";
  const plot = useMemo(() => plotOf(lines.filter((line) => !hidden.has(line.id)), scale), [lines, hidden, scale]);
  const columns = ["step", ...lines.map((line) => (line.name === "" ? title : line.name))];
  const save = { id, names: [full], shown: items.filter((item) => !hidden.has(item.id)), columns, rows: () => tableOf(lines), onTrouble: setTrouble };
  return (
    <article aria-label={full} className={classes.chart}>
      <Stack gap="xs">
        <Group gap="xs" justify="space-between">
          <h4>{title}</h4>
          <Group gap="xs">
            <SegmentedControl aria-label={`How ${full} is shown`} data={views.map((value) => ({ value, label: VIEWS[value] }))} onChange={(value) => isView(value) && setView(value)} size="xs" value={view} />
            {view !== "table" && <SaveMenu subject={full} ways={waysToSave(save)} />}
          </Group>
        </Group>
        {view === "table" ? (
          <CsvTable columns={columns} name={full} rows={tableOf(lines)} />
        ) : (
          <div aria-label={`${full} by step: ${items.map((item) => item.label).join("; ")}`} id={id} role="figure">
            <Suspense fallback={<LoadingPage height="220px" />}>
              <SeriesPlot plot={plot} scale={scale} />
            </Suspense>
          </div>
        )}
        <Beside hidden={hidden} items={items} lines={lines} onToggle={toggle} scale={scale} />
        {trouble !== "" && <Text size="sm">{trouble}</Text>}
      </Stack>
    </article>
  );
}

/** The series in one line of text. */
const labelOf = ({ name, series }: NamedSeries): string => [...(name === "" ? [] : [name]), factsOf(series).map(([fact, text]) => `${fact.toLowerCase()} ${text}`).join(", ")].join(": ");

interface BesideProps {
  lines: readonly NamedSeries[];
  items: readonly { id: string; label: string; place: number }[];
  hidden: ReadonlySet<string>;
  scale: Scale;
  onToggle: (id: string) => void;
}

/** What words say of the lines: numbers of the one, or a legend of several, and what is to be known of how they are drawn. */
function Beside({ lines, items, hidden, scale, onToggle }: BesideProps) {
  const [only] = lines;
  return (
    <>
      {lines.length === 1 && only?.name === "" ? (
        <dl className={classes.facts}>
          {factsOf(only.series).map(([fact, text]) => (
            <div key={fact}>
              <dt>{fact}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      ) : (
        <Legend hidden={hidden} items={items} onToggle={onToggle} />
      )}
      {notesOfAll(lines, scale).map((note) => (
        <Text c="dimmed" key={note} size="xs">
          {note}
        </Text>
      ))}
    </>
  );
}
