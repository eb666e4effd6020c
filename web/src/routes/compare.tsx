// Two to five runs side by side: what they are, parameters, numbers, curves over steps and ROC curves, confusion matrices. Live.

import { ActionIcon, Button, Group, Stack, Switch, Text, Title } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { codeOf, metricsOf, runOf, tasksOf } from "../api/queries";
import { useWatch } from "../api/stream";
import { ConfusionMatrix } from "../components/charts/ConfusionMatrix";
import { RocChart } from "../components/charts/RocChart";
import { saveCsv } from "../components/charts/save";
import { SaveMenu } from "../components/charts/SaveMenu";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { LoadingPage } from "../components/LoadingPage";
import styles from "../components/run/compare.module.css";
import { CompareCode } from "../components/run/CompareCode";
import { CompareMetrics } from "../components/run/CompareMetrics";
import { CompareOverview } from "../components/run/CompareOverview";
import { CompareParameters } from "../components/run/CompareParameters";
import { Page, PageHead } from "../components/Shell";
import { curvesOf, type Direction, distinctNames, type Judged, matricesOf, metricRows, MOST_RUNS, parameterRows, runIds } from "../model/compare";
import type { RunCode, RunDetail, TaskList } from "../model/messages";
import { isNotFound } from "../model/problems";
import { codeRows } from "../model/recorded";
import { namesOf } from "../model/steps";
import { AddRun } from "./compare-add";
import { Reports, useReports } from "./compare-reports";
import { RunsSeries } from "./run-series";

const route = getRouteApi("/compare");

const names = (list: TaskList) => namesOf(list.tasks);

type Found = Pick<Judged, "metrics" | "steps"> & { code: RunCode["digests"] | undefined };

export function ComparePage() {
  const ids = runIds(route.useSearch().run);
  const navigate = route.useNavigate();
  const [gone, setGone] = useState<readonly string[]>([]);
  const runs = useQueries({ queries: ids.map((id) => runOf(id)) });
  const metrics = useQueries({ queries: ids.map((id) => metricsOf(id)) });
  const code = useQueries({ queries: ids.map((id) => codeOf(id)) });
  const steps = useQueries({ queries: ids.map((id) => ({ ...tasksOf(id), select: names })) });
  const found = runs.flatMap((one) => (one.data ? [one.data] : []));
  useWatch(found.length > 0 ? { runs: found.map((run) => ({ id: run.run_id, seq: run.seq })) } : null, (message) => {
    if (message.kind === "gone") setGone((before) => [...before, message.gone.run_id]);
  });
  const show = (chosen: readonly string[]): void => void navigate({ search: (before) => ({ ...before, run: [...chosen] }), replace: true, resetScroll: false });
  const remove = (id: string): void => show(ids.filter((one) => one !== id));
  const troubles = ids.flatMap((id, at) => (runs[at]?.error || gone.includes(id) ? [{ id, error: runs[at]?.error, gone: gone.includes(id) || isNotFound(runs[at]?.error) }] : []));
  const shown = found.filter((run) => !troubles.some((one) => one.gone && one.id === run.run_id));
  return (
    <Page wide>
      <PageHead title="Compare runs" crumbs={[{ label: "Runs", href: "/runs" }]} />
      <Stack gap="lg">
        {ids.length < MOST_RUNS && <AddRun known={ids} onAdd={(id) => show([...ids, id])} />}
        {troubles.map((one) => (
          <Trouble key={one.id} {...one} onRemove={() => remove(one.id)} onRetry={() => void runs[ids.indexOf(one.id)]?.refetch()} />
        ))}
        {runs.some((one) => one.isPending) && <LoadingPage height="8rem" />}
        {shown.length > 0 && <Comparison runs={shown} found={shown.map(({ run_id: id }) => ({ metrics: metrics[ids.indexOf(id)]?.data, steps: steps[ids.indexOf(id)]?.data, code: code[ids.indexOf(id)]?.data?.digests }))} loading={[...runs, ...metrics].some((one) => one.isPending)} onRemove={remove} />}
        {ids.length < 2 && (
          <EmptyState title={ids.length === 0 ? "Nothing to compare yet" : "One more run is needed"} actions={<Button renderRoot={(props) => <Link to="/runs" {...props} />}>To the runs</Button>}>
            Add runs above by name, or select two to five of them in the list of runs and choose Compare.
          </EmptyState>
        )}
      </Stack>
    </Page>
  );
}

function Trouble({ id, error, gone, onRemove, onRetry }: { id: string; error: unknown; gone: boolean; onRemove: () => void; onRetry: () => void }) {
  if (!gone) return <ErrorNote error={error} title={`The run ${id} cannot be read`} onRetry={onRetry} />;
  return (
    <EmptyState
      title="A run is gone"
      actions={
        <Button variant="default" onClick={onRemove}>
          Leave it out
        </Button>
      }
    >
      {id} was deleted, or it belongs to another home.
    </EmptyState>
  );
}

interface ComparisonProps {
  runs: readonly RunDetail[];
  found: readonly Found[];
  /** More is to come: a table that is saved now would lack it. */
  loading: boolean;
  onRemove: (id: string) => void;
}

function Comparison({ runs, found, loading, onRemove }: ComparisonProps) {
  const [only, setOnly] = useState(false);
  const [directions, setDirections] = useState<Readonly<Record<string, Direction>>>({});
  const names = distinctNames(runs);
  const titles = runs.map((run) => names.get(run.run_id) ?? run.name);
  const columns = runs.map((run, at) => ({ id: run.run_id, heading: <Heading run={run} title={titles[at] ?? run.name} onRemove={onRemove} /> }));
  const plain = runs.map((run, at) => ({ id: run.run_id, heading: titles[at] ?? run.name }));
  const judged = runs.map((run, at): Judged => ({ runId: run.run_id, name: titles[at] ?? run.name, metrics: found[at]?.metrics, steps: found[at]?.steps }));
  const parameters = parameterRows(runs);
  const numbers = metricRows(judged, directions);
  const curves = curvesOf(judged);
  const reports = useReports(judged);
  return (
    <>
      <Part title="Runs">
        <CompareOverview columns={columns} runs={runs} />
      </Part>
      {runs.length > 1 && <Switch label="Only differences" checked={only} onChange={(event) => setOnly(event.currentTarget.checked)} />}
      <Part title="Parameters" loading={loading} onSave={() => saveCsv("parameters.csv", ["parameter", ...titles], parameters.map((row) => [row.name, ...row.cells.map((cell) => cell.text)]))}>
        <CompareParameters columns={plain} rows={parameters} only={only} />
      </Part>
      <Part title="Code">
        <CompareCode columns={plain} rows={codeRows(found.map((one) => one.code))} only={only} />
      </Part>
      <Part title="Numbers" loading={loading} onSave={() => saveCsv("metrics.csv", ["step", "output", "metric", ...titles], numbers.map((row) => [row.task, row.output, row.key, ...row.cells.map((cell) => cell.value)]))}>
        <CompareMetrics columns={plain} rows={numbers} only={only} onDirection={(row, direction) => setDirections((before) => ({ ...before, [row]: direction }))} />
        {numbers.some((row) => row.cells.some((cell) => cell.delta !== undefined)) && (
          <Text size="sm" c="dimmed" mt="xs">
            Differences are to the first run that has the number.
          </Text>
        )}
      </Part>
      <Part title="Curves over steps">
        <RunsSeries runs={judged} />
      </Part>
      {curves.length > 0 && (
        <Part title="ROC curves">
          <RocChart curves={curves} title="All curves of these runs" />
        </Part>
      )}
      <Matrices judged={judged} />
      {reports && (
        <Part title="Reports">
          <Reports runs={judged} reports={reports} />
        </Part>
      )}
    </>
  );
}

function Matrices({ judged }: { judged: readonly Judged[] }) {
  const places = matricesOf(judged);
  if (places.length === 0) return null;
  return (
    <Part title="Confusion matrices">
      <Stack gap="lg">
        {places.map(({ place, matrices }) => (
          <section key={place} aria-label={place}>
            <Title order={3} size="h4" mb="xs">
              {place}
            </Title>
            <div className={styles.side}>
              {matrices.map((one) => (
                <ConfusionMatrix key={one.id} matrix={one.matrix} title={one.name} />
              ))}
            </div>
          </section>
        ))}
      </Stack>
    </Part>
  );
}

function Heading({ run, title, onRemove }: { run: RunDetail; title: string; onRemove: (id: string) => void }) {
  return (
    <Group gap={4} wrap="nowrap" align="flex-start" justify="space-between">
      <Link to="/runs/$id" params={{ id: run.run_id }} style={{ color: "var(--mantine-color-anchor)" }}>
        {title}
      </Link>
      <ActionIcon aria-label={`Leave out ${title}`} variant="subtle" color="gray" c="var(--mantine-color-text)" size="sm" onClick={() => onRemove(run.run_id)}>
        <IconX size={15} />
      </ActionIcon>
    </Group>
  );
}

function Part({ title, loading = false, onSave, children }: { title: string; loading?: boolean; onSave?: () => void; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h3">
          {title}
        </Title>
        {onSave && !loading && <SaveMenu subject={title.toLowerCase()} ways={[{ label: "CSV", save: onSave }]} />}
      </Group>
      {children}
    </section>
  );
}
