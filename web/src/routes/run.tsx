// One run, live: how it is, its graph, steps, timeline, values, metrics, pipeline and events, and a panel for the step that the address names.

import { Alert, Anchor, Stack, Tabs, Title } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { runOf, tasksOf } from "../api/queries";
import { useWatch } from "../api/stream";
import { LoadingPage } from "../components/LoadingPage";
import { FailureNote } from "../components/run/FailureNote";
import styles from "../components/run/run.module.css";
import { RunFacts, StepCounts } from "../components/run/RunFacts";
import { RunSettings } from "../components/run/RunSettings";
import { TabList } from "../components/run/TabList";
import { ValuesTable } from "../components/run/ValuesTable";
import { Page, PageHead } from "../components/Shell";
import { StateBadge } from "../components/StateBadge";
import { Words } from "../components/Words";
import type { ArtifactRef, RunDetail, TaskSummary } from "../model/messages";
import { isNotFound } from "../model/problems";
import { isGroup, stepsOf } from "../model/run";
import { LOOKS } from "../model/states";
import { Missing } from "./missing";
import { RunActions } from "./run-actions";
import { RunArtifact } from "./run-artifact";
import { StepPanel } from "./run-step";
import { RunEvents, RunGraph, RunMetrics, RunSpec, RunSteps, useSelect } from "./run-tabs";
import { TagsDialog } from "./run-tags";
import { RunTimeline } from "./run-timeline";

const route = getRouteApi("/runs/$id");
const CRUMBS = [{ label: "Runs", href: "/runs" }];

export function RunPage() {
  const { id } = route.useParams();
  const run = useQuery(runOf(id));
  const [gone, setGone] = useState("");
  useWatch(run.data ? { runs: [{ id, seq: run.data.seq }] } : null, (message) => {
    if (message.kind === "gone" && message.gone.run_id === id) setGone(id);
  });
  if (run.data) return <Run key={id} run={run.data} gone={gone === id || isNotFound(run.error)} />;
  if (run.error) return <Missing what="run" id={id} error={run.error} crumbs={CRUMBS} onRetry={() => void run.refetch()} />;
  return <LoadingPage />;
}

function Run({ run, gone }: { run: RunDetail; gone: boolean }) {
  const search = route.useSearch();
  const [wide, setWide] = useState(false);
  const [tagging, setTagging] = useState(false);
  const task = gone ? undefined : search.task;
  return (
    <div className={styles.layout} data-panel={task === undefined ? undefined : wide ? "wide" : "beside"}>
      <Page wide>
        <PageHead title={run.name} crumbs={CRUMBS} badge={<Badges run={run} />} actions={gone ? undefined : <RunActions run={run} />} note={<RunFacts run={run} onTags={gone ? undefined : () => setTagging(true)} />} />
        <Stack gap="md">
          {gone && <Note title="This run was deleted">What is shown is how it was last. There is nothing left of it on the server.</Note>}
          <Overview run={run} opened={task} />
          {!gone && <RunTabs run={run} />}
        </Stack>
      </Page>
      {tagging && <TagsDialog run={run} onClose={() => setTagging(false)} />}
      {task !== undefined && <StepPanel key={run.run_id} run={run.run_id} task={task} wide={wide} onWide={setWide} />}
    </div>
  );
}

function Badges({ run }: { run: RunDetail }) {
  return (
    <>
      <StateBadge state={run.state} />
      {run.storage_state === "ARCHIVED" && <span className={styles.hint}>in the archive</span>}
    </>
  );
}

function Note({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Alert role="status" variant="default" icon={<IconInfoCircle aria-hidden size={20} />} title={title}>
      {children}
    </Alert>
  );
}

/** What needs saying before all details: that nobody drives it, why it failed, how far it is. The `opened` panel says itself why its step failed. */
function Overview({ run, opened }: { run: RunDetail; opened: string | undefined }) {
  const { data } = useQuery(tasksOf(run.run_id));
  const select = useSelect();
  const going = run.state === "PENDING" || run.state === "RUNNING" || run.state === "CANCELING";
  const ended = run.state === "CANCELED" || run.state === "CANCELING";
  const steps = data?.tasks.filter((task) => !isGroup(task)) ?? [];
  const failed = data ? stepsOf(data.tasks).filter((task) => task.state === "FAILED") : [];
  return (
    <>
      {going && run.driven_by === "" && (
        <Note title="Nobody drives this run now">
          <Words text="It goes on as soon as a server, `bakehouse engine` or another `bakehouse run` is there to take it, mostly within two seconds." />
        </Note>
      )}
      {run.failure !== null && !failed.some((task) => task.task_id === opened) && (
        <FailureNote failure={run.failure} calm={ended} title={ended ? LOOKS[run.state].label : undefined}>
          {failed.length > 0 && <Failed tasks={failed} onStep={select} />}
        </FailureNote>
      )}
      {steps.length > 0 && <StepCounts run={run.run_id} tasks={steps} />}
    </>
  );
}

const MOST_FAILED = 10;

function Failed({ tasks, onStep }: { tasks: readonly TaskSummary[]; onStep: (task: string) => void }) {
  return (
    <span>
      {tasks.length === 1 ? "Failed step: " : `${tasks.length} failed steps: `}
      {tasks.slice(0, MOST_FAILED).map((task, index) => (
        <span key={task.task_id}>
          {index > 0 && ", "}
          <Anchor component="button" type="button" size="sm" onClick={() => onStep(task.task_id)}>
            {task.display_name}
          </Anchor>
          {task.parent !== "" && ` (in ${task.parent})`}
        </span>
      ))}
      {tasks.length > MOST_FAILED && " and others"}
    </span>
  );
}

const TABS = [
  { id: "graph", label: "Graph" },
  { id: "steps", label: "Steps" },
  { id: "timeline", label: "Timeline" },
  { id: "values", label: "Parameters and outputs" },
  { id: "metrics", label: "Metrics" },
  { id: "spec", label: "Spec" },
  { id: "events", label: "Events" },
] as const;

function RunTabs({ run }: { run: RunDetail }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tab = TABS.find((one) => one.id === search.tab)?.id ?? "graph";
  return (
    <Tabs value={tab} onChange={(value) => void navigate({ search: (before) => ({ ...before, tab: value === "graph" ? undefined : (value ?? undefined) }), replace: true, resetScroll: false })} keepMounted={false}>
      <TabList tabs={TABS} tab={tab} />
      <Tabs.Panel value={tab} pt="md">
        {tab === "graph" && <RunGraph run={run} />}
        {tab === "steps" && <RunSteps id={run.run_id} />}
        {tab === "timeline" && <RunTimeline run={run} />}
        {tab === "values" && <RunValues run={run} />}
        {tab === "metrics" && <RunMetrics run={run} />}
        {tab === "spec" && <RunSpec id={run.run_id} />}
        {tab === "events" && <RunEvents run={run} />}
      </Tabs.Panel>
    </Tabs>
  );
}

function RunValues({ run }: { run: RunDetail }) {
  const artifact = (one: ArtifactRef, name: string) => <RunArtifact artifact={one} name={name} opened={false} />;
  const defaults = Object.fromEntries(Object.keys(run.defaults).map((name) => [name, "default"]));
  return (
    <Stack gap="lg">
      <Part title="Parameters">
        <ValuesTable values={{ parameters: { ...run.defaults, ...run.parameters }, artifacts: {} }} label="Parameters" hints={defaults} empty="This pipeline has no parameters." artifact={artifact} />
      </Part>
      <Part title="Outputs">
        <ValuesTable values={run.outputs} label="Outputs" empty={run.finished_at === null ? "Outputs of the run are there when it has succeeded." : "This run has no outputs of its own; those of its steps are in their panels."} artifact={artifact} />
      </Part>
      <Part title="Settings">
        <RunSettings run={run} />
      </Part>
    </Stack>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} size="h3" mb="xs">
        {title}
      </Title>
      {children}
    </section>
  );
}
