// All metrics that the steps of a run have recorded: numbers, their curves over steps, ROC curves on one plot, confusion matrices.

import { Group, Stack, Table, Text, Title, UnstyledButton } from "@mantine/core";

import { fileName } from "../../model/files";
import { curvesOf, matricesOf, stepOf } from "../../model/compare";
import type { Metrics, RunSeries } from "../../model/messages";
import { metricText } from "../../model/metrics";
import { ConfusionMatrix } from "../charts/ConfusionMatrix";
import { RocChart } from "../charts/RocChart";
import { saveCsv } from "../charts/save";
import { SaveMenu } from "../charts/SaveMenu";
import { EmptyState } from "../EmptyState";
import styles from "./compare.module.css";
import { SeriesView } from "./SeriesView";

interface Props {
  metrics: Metrics;
  series: RunSeries;
  /** What steps are called, by id. */
  steps: ReadonlyMap<string, { name: string; within: string }>;
  /** Of the run. */
  name: string;
  running: boolean;
  onStep: (task: string) => void;
}

export function MetricsView({ metrics, series, steps, name, running, onStep }: Props) {
  const { scalars, classifications } = metrics;
  const nameOf = (task: string): string => stepOf({ steps }, task);
  if (scalars.length + classifications.length + series.tasks.length === 0) {
    return (
      <EmptyState title={running ? "No metrics yet" : "No metrics"}>
        Steps record them in an output of type <code>Output[Metrics]</code> or <code>Output[ClassificationMetrics]</code>, with <code>metrics.log_metric("accuracy", 0.97)</code>; with <code>step=epoch</code> beside, there are curves while they run.
      </EmptyState>
    );
  }
  const judged = [{ runId: metrics.run_id, name: "", metrics, steps }];
  const curves = curvesOf(judged);
  const matrices = matricesOf(judged);
  return (
    <Stack gap="xl">
      {scalars.length > 0 && <Scalars metrics={metrics} steps={steps} name={name} onStep={onStep} />}
      {series.tasks.length > 0 && (
        <section aria-label="Curves over steps">
          <Title order={2} size="h3" mb="xs">
            Curves over steps
          </Title>
          <SeriesView heading={(task) => <StepName id={task} steps={steps} onStep={onStep} />} nameOf={nameOf} series={series} />
        </section>
      )}
      {curves.length > 0 && <RocChart curves={curves} title="ROC curves" />}
      {matrices.length > 0 && (
        <section aria-label="Confusion matrices">
          <Title order={2} size="h3" mb="xs">
            Confusion matrices
          </Title>
          <div className={styles.side}>
            {matrices.map(({ place, matrices: found }) => found.map((one) => <ConfusionMatrix key={`${place} ${one.id}`} matrix={one.matrix} title={place} />))}
          </div>
        </section>
      )}
    </Stack>
  );
}

function StepName({ id, steps, onStep }: { id: string } & Pick<Props, "steps" | "onStep">) {
  const { name, within } = steps.get(id) ?? { name: id, within: "" };
  return (
    <>
      <UnstyledButton fz="sm" c="var(--mantine-color-anchor)" onClick={() => onStep(id)}>
        {name}
      </UnstyledButton>
      {within !== "" && <div className={styles.hint}>in {within}</div>}
    </>
  );
}

function Scalars({ metrics: { scalars }, steps, name, onStep }: Pick<Props, "metrics" | "steps" | "name" | "onStep">) {
  const save = (): void =>
    saveCsv(
      fileName([name, "metrics"], "csv"),
      ["step", "output", "metric", "value"],
      scalars.map((one) => [one.task_id, one.output, one.key, one.value]),
    );
  return (
    <section aria-label="Logged values">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h3">
          Logged values
        </Title>
        <SaveMenu subject="the values" ways={[{ label: "CSV", save }]} />
      </Group>
      <Table.ScrollContainer minWidth={340} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Values that were logged" } }}>
        <Table aria-label="Scalar metrics" withTableBorder bg="var(--ground-card)" verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Step</Table.Th>
              <Table.Th>Output</Table.Th>
              <Table.Th>Metric</Table.Th>
              <Table.Th ta="right">Value</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {scalars.map((one) => (
              <Table.Tr key={`${one.artifact_id} ${one.key}`}>
                <Table.Td>
                  <StepName id={one.task_id} steps={steps} onStep={onStep} />
                </Table.Td>
                <Table.Td>{one.output}</Table.Td>
                <Table.Td>{one.key}</Table.Td>
                <Table.Td ta="right" style={{ fontVariantNumeric: "tabular-nums" }}>
                  <Text span size="sm" title={String(one.value)}>
                    {metricText(one.value)}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}
