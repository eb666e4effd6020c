// One step at a glance: how it is, why it waits or failed, what it used, where it stands among the others, what the cache decided.

import { Anchor, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { count, fine, size } from "../../model/durations";
import type { Attempt, TaskDetail } from "../../model/messages";
import { requestsText } from "../../model/recorded";
import { isGroup } from "../../model/run";
import { LOOKS, shownState } from "../../model/states";
import { Duration } from "../Duration";
import { Time } from "../Time";
import { CacheNote } from "./CacheNote";
import { type Fact, Facts } from "./Facts";
import { FailureNote } from "./FailureNote";
import { PhaseList } from "./PhaseList";
import styles from "./run.module.css";
import { Suggestions } from "./Suggestions";
import { Warnings } from "./Warnings";

interface Props {
  task: TaskDetail;
  onStep: (task: string) => void;
  /** What starts a run that goes on from here. */
  again: ReactNode;
}

export function StepOverview({ task, onStep, again }: Props) {
  const last = task.attempt_list.at(-1);
  const state = shownState(task);
  return (
    <Stack gap="md">
      {task.failure !== null && <FailureNote failure={task.failure} calm={state === "CANCELED"} title={state === "CANCELED" ? LOOKS[state].label : undefined} />}
      <Warnings warnings={task.warnings} />
      {task.why !== "" && (
        <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          <strong>{LOOKS[state].label}</strong> {reasonOf(LOOKS[state].label, task.why)}
        </Text>
      )}
      <Facts label="The step" facts={factsOf(task, last, onStep)} />
      <Suggestions suggestions={task.suggestions} />
      {!isGroup(task) && (
        <section aria-label="Cache" className={styles.card}>
          <div className={styles.cardBody} style={{ borderTop: "none" }}>
            <CacheNote cache={task.cache} />
          </div>
        </section>
      )}
      <div>{again}</div>
      {last !== undefined && <PhaseList attempt={last} />}
    </Stack>
  );
}

const factsOf = (task: TaskDetail, last: Attempt | undefined, onStep: (task: string) => void): Fact[] => [
  ["Step", <code key="id">{task.task_id}</code>],
  ["Component", task.component],
  ["Waits for", task.retry_at === null ? "" : <span key="retry">the next attempt, due <Time at={task.retry_at} full /></span>],
  ["Started", task.started_at === null ? "" : <Time key="started" at={task.started_at} full />],
  ["Ended", task.finished_at === null ? "" : <Time key="ended" at={task.finished_at} full />],
  ["Duration", task.started_at === null || task.cached ? "" : <Duration key="duration" from={task.started_at} to={task.finished_at} />],
  ["Attempts", attemptsText(task)],
  ...usageOf(last),
  ["After", task.depends_on.length === 0 ? "" : <Steps key="after" names={task.depends_on} onStep={onStep} />],
  ["Before", task.downstream.length === 0 ? "" : <Steps key="before" names={task.downstream} onStep={onStep} />],
];

/** Why, after the word for the state, which many reasons begin with themselves. */
const reasonOf = (label: string, why: string): string => (why.toLowerCase().startsWith(`${label.toLowerCase()} `) ? why.slice(label.length + 1) : `: ${why}`);

const attemptsText = (task: TaskDetail): string => {
  if (task.attempts === 0) return "";
  return task.retries === 0 ? String(task.attempts) : `${task.attempts}; after a failure it is tried again up to ${task.retries === 1 ? "once" : `${task.retries} times`}`;
};

/** What the last attempt came to. */
const usageOf = (last: Attempt | undefined): Fact[] => [
  ["Cause", last?.cause ?? ""],
  ["Exit code", last === undefined || last.exit_code === null ? "" : String(last.exit_code)],
  ["Asked for", last === undefined ? "" : requestsText(last)],
  ["CPU time", last === undefined || last.cpu_seconds === null ? "" : fine(last.cpu_seconds * 1000)],
  ["Peak memory", last === undefined || last.peak_memory === null ? "" : size(last.peak_memory)],
];

const MOST = 20;

function Steps({ names, onStep }: { names: readonly string[]; onStep: (task: string) => void }) {
  return (
    <span className={styles.line} style={{ gap: "0.1rem 0.75rem" }}>
      {names.slice(0, MOST).map((name) => (
        <Anchor key={name} component="button" type="button" size="sm" ta="start" onClick={() => onStep(name)}>
          {name}
        </Anchor>
      ))}
      {names.length > MOST && <span>and {count(names.length - MOST, "other step")}</span>}
    </span>
  );
}

/** A step of another run. */
export function StepLink({ run, runName, task }: { run: string; runName: string; task: string }) {
  return (
    <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/runs/$id" params={{ id: run }} search={{ task }} {...props} />}>
      {task} in {runName === "" ? run : runName}
    </Anchor>
  );
}
