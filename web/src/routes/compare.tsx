// Two to five runs side by side: parameters, numbers, curves, confusion matrices.

import { Anchor, Button, Group, Stack, Switch, Table, Text, Title } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";

import { metricsOf, runOf } from "../api/queries";
import { useWatch } from "../api/stream";
import { ConfusionMatrix } from "../components/charts/ConfusionMatrix";
import { RocChart } from "../components/charts/RocChart";
import { saveCsv } from "../components/charts/save";
import { Duration } from "../components/Duration";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { LoadingPage } from "../components/LoadingPage";
import { Page, PageHead } from "../components/Shell";
import { StateBadge } from "../components/StateBadge";
import { Time } from "../components/Time";
import { curvesOf, deltaText, distinctNames, matricesOf, metricRows, parameterRows, runIds } from "../model/compare";
import type { Metrics, RunDetail } from "../model/messages";

const route = getRouteApi("/compare");

export function ComparePage() {
  const ids = runIds(route.useSearch().run);
  const runs = useQueries({ queries: ids.map((id) => runOf(id)) });
  const metrics = useQueries({ queries: ids.map((id) => metricsOf(id)) });
  const found = runs.flatMap((one) => (one.data ? [one.data] : []));
  useWatch(found.length > 0 ? { runs: found.map((run) => ({ id: run.run_id, seq: run.seq })) } : null);
  const failed = runs.find((one) => one.error)?.error;
  return (
    <Page wide>
      <PageHead title="Compare runs" crumbs={[{ label: "Runs", href: "/runs" }]} />
      {failed && <ErrorNote error={failed} title="A run cannot be read" />}
      {ids.length < 2 ? (
        <EmptyState title="Nothing to compare yet" actions={<Button component={Link} to="/runs">To the runs</Button>}>
          Select two to five runs in the list, then Compare.
        </EmptyState>
      ) : runs.some((one) => one.isPending) ? (
        <LoadingPage />
      ) : (
        <Comparison runs={found} metrics={metrics.filter((_, at) => runs[at]?.data).map((one) => one.data)} />
      )}
    </Page>
  );
}

function Comparison({ runs, metrics }: { runs: readonly RunDetail[]; metrics: readonly (Metrics | undefined)[] }) {
  const [onlyDifferent, setOnlyDifferent] = useState(false);
  const names = distinctNames(runs);
  const titles = runs.map((run) => names.get(run.run_id) ?? run.name);
  const judged = runs.map((run, at) => ({ runId: run.run_id, name: titles[at] ?? run.name, metrics: metrics[at] }));
  const parameters = parameterRows(runs).filter((row) => row.differs || !onlyDifferent);
  const numbers = metricRows(metrics).filter((row) => row.differs || !onlyDifferent);
  const curves = curvesOf(judged);
  return (
    <Stack gap="lg">
      <Overview runs={runs} titles={titles} />
      <Switch label="Only what differs" checked={onlyDifferent} onChange={(event) => setOnlyDifferent(event.currentTarget.checked)} />
      <Section title="Parameters" onSave={() => saveCsv("parameters.csv", ["parameter", ...titles], parameters.map((row) => [row.name, ...row.cells.map((cell) => cell.text)]))}>
        <Cells
          label="Parameters"
          titles={titles}
          empty="There is none to show."
          rows={parameters.map((row) => ({
            name: row.name,
            differs: row.differs,
            cells: row.cells.map((cell) => (cell.origin === "missing" ? "–" : cell.origin === "default" ? `${cell.text} (default)` : cell.text)),
          }))}
        />
      </Section>
      <Section
        title="Metrics"
        onSave={() => saveCsv("metrics.csv", ["step", "output", "metric", ...titles], numbers.map((row) => [row.step, row.output, row.key, ...row.cells.map((cell) => cell.text)]))}
      >
        <Cells
          label="Metrics"
          titles={titles}
          empty="None of these runs has recorded a number."
          rows={numbers.map((row) => ({
            name: `${row.step} · ${row.key}`,
            differs: row.differs,
            cells: row.cells.map((cell) => [cell.text || "–", cell.delta === undefined ? "" : deltaText(cell.delta), cell.mark ?? ""].filter(Boolean).join(" · ")),
          }))}
        />
      </Section>
      {curves.length > 0 && <RocChart curves={curves} title="ROC curves" />}
      {matricesOf(judged).map(({ place, matrices }) => (
        <Section key={place} title={place}>
          <Group align="start">
            {matrices.map((one) => (
              <ConfusionMatrix key={one.id} matrix={one.matrix} title={one.name} />
            ))}
          </Group>
        </Section>
      ))}
    </Stack>
  );
}

function Section({ title, onSave, children }: { title: string; onSave?: () => void; children: React.ReactNode }) {
  return (
    <section aria-label={title}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {title}
        </Title>
        {onSave && (
          <Button size="compact-sm" variant="default" onClick={onSave} aria-label={`Save ${title.toLowerCase()} as CSV`}>
            Save as CSV
          </Button>
        )}
      </Group>
      {children}
    </section>
  );
}

function Overview({ runs, titles }: { runs: readonly RunDetail[]; titles: readonly string[] }) {
  return (
    <Table.ScrollContainer minWidth={560} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "The compared runs" } }}>
      <Table aria-label="Runs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Run</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Pipeline</Table.Th>
            <Table.Th>Started</Table.Th>
            <Table.Th>Duration</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run, at) => (
            <Table.Tr key={run.run_id}>
              <Table.Th scope="row">
                <Anchor size="sm" renderRoot={(props) => <Link to="/runs/$id" params={{ id: run.run_id }} {...props} />}>
                  {titles[at]}
                </Anchor>
              </Table.Th>
              <Table.Td>
                <StateBadge state={run.state} />
              </Table.Td>
              <Table.Td>{run.pipeline.name}</Table.Td>
              <Table.Td>
                <Time at={run.started_at ?? run.created_at} />
              </Table.Td>
              <Table.Td>
                <Duration from={run.started_at} to={run.finished_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

interface CellsProps {
  label: string;
  titles: readonly string[];
  rows: readonly { name: string; differs: boolean; cells: readonly string[] }[];
  empty: string;
}

function Cells({ label, titles, rows, empty }: CellsProps) {
  if (rows.length === 0) return <Text size="sm">{empty}</Text>;
  return (
    <Table.ScrollContainer minWidth={480} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": `${label} of the compared runs` } }}>
      <Table aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{label}</Table.Th>
            {titles.map((title) => (
              <Table.Th key={title}>{title}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.name} fw={row.differs ? 600 : undefined}>
              <Table.Th scope="row">{row.name}</Table.Th>
              {row.cells.map((cell, at) => (
                <Table.Td key={titles[at]}>{cell}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
