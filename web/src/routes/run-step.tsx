// The panel of one step: what it is, what went in and came out with the curves of its metrics, its attempts, its log, what was executed.

import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconPlayerSkipForward } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";

import { taskOf } from "../api/queries";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { LoadingPage } from "../components/LoadingPage";
import { AttemptCard } from "../components/run/AttemptCard";
import { Executed } from "../components/run/Executed";
import { PanelFrame } from "../components/run/PanelFrame";
import { StepOverview } from "../components/run/StepOverview";
import { ValuesTable } from "../components/run/ValuesTable";
import { StateBadge } from "../components/StateBadge";
import type { ArtifactRef, Attempt, TaskDetail } from "../model/messages";
import { isNotFound } from "../model/problems";
import { isGroup } from "../model/run";
import { hasEnded, shownState } from "../model/states";
import { titleOf } from "../model/steps";
import { RunArtifact } from "./run-artifact";
import { RunLog } from "./run-log";
import { StepSeries } from "./run-series";

const route = getRouteApi("/runs/$id");
const TABS = [
  { id: "overview", label: "Overview" },
  { id: "inputs", label: "Inputs" },
  { id: "outputs", label: "Outputs" },
  { id: "logs", label: "Logs" },
  { id: "attempts", label: "Attempts" },
  { id: "code", label: "Code" },
] as const;
/** A group runs nothing itself: what it holds does. */
const TABS_OF_GROUPS = TABS.slice(0, 3);

/** Artifacts of which all are shown at once. */
const OPEN_AT_ONCE = 4;

interface Props {
  run: string;
  task: string;
  wide: boolean;
  onWide: (wide: boolean) => void;
}

export function StepPanel({ run, task, wide, onWide }: Props) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const detail = useQuery(taskOf(run, task));
  const tabs = detail.data !== undefined && isGroup(detail.data) ? TABS_OF_GROUPS : TABS;
  const tab = tabs.find((one) => one.id === search.panel)?.id ?? "overview";
  const go = (change: { task?: string; panel?: string; attempt?: number }, replace = true): void =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace, resetScroll: false });
  return (
    <PanelFrame
      title={detail.data === undefined ? task : titleOf(detail.data)}
      badge={detail.data && <StateBadge state={shownState(detail.data)} />}
      tabs={tabs}
      tab={tab}
      fill={tab === "logs"}
      wide={wide}
      onTab={(panel) => go({ panel })}
      onWide={onWide}
      onClose={() => go({ task: undefined, panel: undefined, attempt: undefined })}
    >
      {detail.error && !detail.data && <Unknown task={task} error={detail.error} onRetry={() => void detail.refetch()} />}
      {detail.isPending && <LoadingPage height="10rem" />}
      {detail.data && (
        <Tab
          run={run}
          task={detail.data}
          tab={tab}
          wanted={search.attempt}
          onAttempt={(attempt, panel) => go({ attempt, panel })}
          onStep={(step) => go({ task: step, panel: undefined, attempt: undefined }, false)}
        />
      )}
    </PanelFrame>
  );
}

function Unknown({ task, error, onRetry }: { task: string; error: unknown; onRetry: () => void }) {
  if (!isNotFound(error)) return <ErrorNote error={error} onRetry={onRetry} />;
  return <EmptyState title={`This run has no step ${task}`}>The address may be of another run, or of another version of the pipeline.</EmptyState>;
}

interface TabProps {
  run: string;
  task: TaskDetail;
  tab: string;
  wanted: number | undefined;
  onAttempt: (attempt: number, panel: string) => void;
  onStep: (step: string) => void;
}

function Tab({ run, task, tab, wanted, onAttempt, onStep }: TabProps) {
  const attempt = task.attempt_list.find((one) => one.number === wanted) ?? task.attempt_list.at(-1);
  const few = Object.values(task.outputs.artifacts).flat().length <= OPEN_AT_ONCE;
  const artifact = (opened: boolean) => (one: ArtifactRef, name: string) => <RunArtifact artifact={one} name={name} opened={opened} />;
  switch (tab) {
    case "inputs":
      return <ValuesTable values={task.inputs} label="Inputs" empty={hasEnded(task.state) || task.attempts > 0 ? `Nothing goes into this ${isGroup(task) ? "group" : "step"}.` : "Its inputs are known when the steps before it have ended."} artifact={artifact(false)} />;
    case "outputs":
      return (
        <>
          {!isGroup(task) && <StepSeries run={run} task={task.task_id} name={titleOf(task)} />}
          <ValuesTable values={task.outputs} label="Outputs" empty={task.state === "SUCCEEDED" ? `Nothing comes out of this ${isGroup(task) ? "group" : "step"}.` : "Its outputs are recorded when it has succeeded."} artifact={artifact(few)} />
        </>
      );
    case "logs":
      return <Logs run={run} task={task} attempt={attempt} onAttempt={(number) => onAttempt(number, "logs")} />;
    case "attempts":
      return (
        <Stack>
          {task.attempt_list.length === 0 && <NoAttempt task={task} what="There is no attempt" />}
          {[...task.attempt_list].reverse().map((one) => (
            <AttemptCard key={one.number} attempt={one} onLog={(number) => onAttempt(number, "logs")} />
          ))}
        </Stack>
      );
    case "code":
      return attempt ? <Executed attempt={attempt} /> : <NoAttempt task={task} what="Nothing was executed" />;
    default:
      return (
        <StepOverview
          task={task}
          onStep={onStep}
          again={
            <Button variant="default" size="xs" leftSection={<IconPlayerSkipForward aria-hidden size={14} />} renderRoot={(props) => <Link to="/runs/new" search={{ from: run, step: task.task_id }} {...props} />}>
              Run again from this {isGroup(task) ? "group" : "step"}
            </Button>
          }
        />
      );
  }
}

function Logs({ run, task, attempt, onAttempt }: { run: string; task: TaskDetail; attempt: Attempt | undefined; onAttempt: (attempt: number) => void }) {
  if (!attempt) return <NoAttempt task={task} what="There is no log" />;
  const last = task.attempt_list.at(-1)?.number;
  return (
    <>
      {task.attempt_list.length > 1 && (
        <Group gap="xs">
          <Select
            aria-label="Attempt"
            size="xs"
            allowDeselect={false}
            data={task.attempt_list.map((one) => ({ value: String(one.number), label: `Attempt ${one.number}, ${one.cause === "" ? one.state.toLowerCase() : one.cause}` }))}
            value={String(attempt.number)}
            onChange={(value) => onAttempt(Number(value))}
          />
          {attempt.number !== last && (
            <Text size="sm" c="dimmed">
              There is a later attempt.
            </Text>
          )}
        </Group>
      )}
      <RunLog key={`${task.task_id} ${attempt.number}`} log={{ run, task: task.task_id, attempt: attempt.number }} note={attempt.log_note} />
    </>
  );
}

/** Why a step has nothing to show. */
function NoAttempt({ task, what }: { task: TaskDetail; what: string }) {
  const from = task.cache.cached_from;
  if (task.cached) {
    return <EmptyState title={what}>Its result was reused{from === null || from.run_name === "" ? "" : ` from the run ${from.run_name}`}, so nothing ran here. Overview leads to the step that made it.</EmptyState>;
  }
  return <EmptyState title={`${what} yet`}>{task.why === "" ? "The step has not started." : task.why}</EmptyState>;
}
