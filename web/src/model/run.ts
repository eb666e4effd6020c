// A run and its steps as the page of a run shows them: kept up to date by what the stream tells, filtered, and put into words.

import type { components } from "../api/schema.gen";
import { exact } from "./durations";
import type { Event, Failure, RunDetail, TaskState, TaskSummary } from "./messages";
import { LOOKS, shownState, TASK_STATES, type AnyState } from "./states";

export type CachedFrom = components["schemas"]["CachedFrom"];

// ---------------------------------------------------------------- kept up to date

/** Events in order, each once. */
export const updatedEvents = (events: readonly Event[], more: readonly Event[]): Event[] => {
  const last = events.at(-1)?.seq ?? 0;
  const next = more.filter((event) => event.seq > last);
  return next.length ? [...events, ...next] : (events as Event[]);
};

/** How many steps are in which state. */
export const counts = (tasks: readonly TaskSummary[]): Partial<Record<AnyState, number>> => {
  const found: Partial<Record<AnyState, number>> = {};
  for (const task of tasks) found[shownState(task)] = (found[shownState(task)] ?? 0) + 1;
  return found;
};

// ---------------------------------------------------------------- nested

const GROUPS: ReadonlySet<string> = new Set<TaskSummary["kind"]>(["dag", "loop", "iteration"]);

/** Whether a task runs nothing itself: it holds other tasks. */
export const isGroup = (task: Pick<TaskSummary, "kind">): boolean => GROUPS.has(task.kind);

/** What stands for the work of a run: all tasks but the groups that hold some. One that holds none (yet) says why. */
export const stepsOf = (tasks: readonly TaskSummary[]): TaskSummary[] => {
  const holding = new Set(tasks.map((task) => task.parent));
  return tasks.filter((task) => !holding.has(task.task_id));
};

// ---------------------------------------------------------------- filtered

export interface StepFilter {
  readonly states: readonly AnyState[];
  readonly text: string;
}

/** The steps that a filter lets through: by state, and by a text in the name, the id, the component, or what is said of it. */
export const filtered = (tasks: readonly TaskSummary[], filter: StepFilter): TaskSummary[] => {
  const text = filter.text.trim().toLowerCase();
  const holds = (task: TaskSummary) => [task.display_name, task.task_id, task.component, task.why, task.error].some((one) => one.toLowerCase().includes(text));
  return tasks.filter((task) => (filter.states.length === 0 || filter.states.includes(shownState(task))) && (text === "" || holds(task)));
};

export type StepColumn = "name" | "state" | "started" | "duration" | "attempts";

/** Steps in the order of a column; those without a value last. As they came where no column is named. */
export const sorted = (tasks: readonly TaskSummary[], column: StepColumn | undefined, descending: boolean, now: number): TaskSummary[] => {
  if (column === undefined) return [...tasks];
  const values: Record<StepColumn, (task: TaskSummary) => string | number | undefined> = {
    name: (task) => task.display_name.toLowerCase(),
    state: (task) => TASK_STATES.indexOf(task.state),
    started: (task) => (task.started_at ? Date.parse(task.started_at) : undefined),
    duration: (task) => lasted(task, now),
    attempts: (task) => task.attempts,
  };
  const value = values[column];
  const order = (a: TaskSummary, b: TaskSummary) => {
    const [one, other] = [value(a), value(b)];
    if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
    const rank = typeof one === "string" ? one.localeCompare(String(other), undefined, { numeric: true }) : one - Number(other);
    return descending ? -rank : rank;
  };
  return [...tasks].sort(order);
};

/** Tasks in the order in which they can run, each group before what is in it; rounds of a loop by their number. */
export const inOrderOfRun = (tasks: readonly TaskSummary[]): TaskSummary[] => nested(tasks, ofOneLevel);

/** Tasks with each group before what is in it; `level` puts those of one group in order. */
export const nested = (tasks: readonly TaskSummary[], level: (siblings: readonly TaskSummary[]) => readonly TaskSummary[]): TaskSummary[] => {
  const known = new Set(tasks.map((task) => task.task_id));
  const inside = new Map<string, TaskSummary[]>();
  for (const task of tasks) {
    const parent = known.has(task.parent) ? task.parent : "";
    const siblings = inside.get(parent) ?? [];
    siblings.push(task);
    inside.set(parent, siblings);
  }
  const walk = (parent: string): TaskSummary[] => level(inside.get(parent) ?? []).flatMap((task) => [task, ...(inside.has(task.task_id) ? walk(task.task_id) : [])]);
  return walk("");
};

/** Tasks of one level: each after those that it depends on, at the same depth by number and name. */
const ofOneLevel = (tasks: readonly TaskSummary[]): TaskSummary[] => {
  const after = new Map<string, string[]>(tasks.map((task) => [task.task_id, []]));
  const unmet = new Map<string, number>();
  for (const task of tasks) {
    const needs = task.depends_on.filter((need) => after.has(need));
    unmet.set(task.task_id, needs.length);
    for (const need of needs) after.get(need)?.push(task.task_id);
  }
  const depths = new Map<string, number>();
  let level = tasks.map((task) => task.task_id).filter((id) => unmet.get(id) === 0);
  for (let depth = 0; level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const id of level) {
      depths.set(id, depth);
      for (const one of after.get(id) ?? []) {
        const left = (unmet.get(one) ?? 0) - 1;
        unmet.set(one, left);
        if (left === 0) next.push(one);
      }
    }
    level = next;
  }
  const depth = (task: TaskSummary): number => depths.get(task.task_id) ?? Infinity;
  return [...tasks].sort((a, b) => (depth(a) === depth(b) ? (a.index ?? 0) - (b.index ?? 0) || a.display_name.localeCompare(b.display_name, undefined, { numeric: true }) : depth(a) - depth(b)));
};

/** How long something took so far, in milliseconds. */
export const lasted = (one: { started_at: string | null; finished_at: string | null }, now: number): number | undefined =>
  one.started_at ? Math.max(0, (one.finished_at ? Date.parse(one.finished_at) : now) - Date.parse(one.started_at)) : undefined;

// ---------------------------------------------------------------- in words

const UNSUCCESSFUL: readonly TaskState[] = ["FAILED", "CANCELED"];

export interface RetryScope {
  /** Steps that run again. */
  readonly again: readonly TaskSummary[];
  /** Groups that were not entered, of which it is decided anew. */
  readonly undecided: readonly TaskSummary[];
  readonly kept: number;
}

/** What a retry of the run would run again, and how many steps it keeps. The server decides by the same rules when it is asked. */
export const retryScope = (tasks: readonly TaskSummary[]): RetryScope => {
  const ordered = inOrderOfRun(tasks);
  const inside = new Map<string, TaskSummary[]>();
  for (const task of ordered) inside.set(task.parent, [...(inside.get(task.parent) ?? []), task]);
  const again = new Set<string>();
  const enter = (group: string, wholly: boolean): void => {
    const members = inside.get(group) ?? [];
    const reached = followers(members);
    for (const task of members) {
      if (!wholly && !reached.has(task.task_id) && task.state === "SUCCEEDED") continue;
      again.add(task.task_id);
      enter(task.task_id, wholly || reached.has(task.task_id));
    }
  };
  enter("", false);
  const found = ordered.filter((task) => again.has(task.task_id));
  return {
    again: found.filter((task) => !isGroup(task)),
    undecided: found.filter((task) => isGroup(task) && !inside.has(task.task_id)),
    kept: ordered.filter((task) => !isGroup(task) && task.state === "SUCCEEDED" && !again.has(task.task_id)).length,
  };
};

/** What of one group followed something that did not succeed. Without a failure in it, what was skipped was not wanted: that is no failure. */
const followers = (members: readonly TaskSummary[]): Set<string> => {
  const broken = members.some((task) => UNSUCCESSFUL.includes(task.state));
  const spreading = members.filter((task) => UNSUCCESSFUL.includes(task.state) || (broken && task.state === "SKIPPED")).map((task) => task.task_id);
  const reached = new Set<string>();
  for (let from = spreading.pop(); from !== undefined; from = spreading.pop()) {
    for (const task of members) {
      if (!task.depends_on.includes(from) || reached.has(task.task_id)) continue;
      reached.add(task.task_id);
      spreading.push(task.task_id);
    }
  }
  return reached;
};

/** Names in a sentence, the later ones counted: `a, b and 3 more`. */
export const named = (names: readonly string[], most = 5): string => {
  if (names.length > most) return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : (names[0] ?? "");
};

const LONGEST_PATH = 40; // characters

/** `file.py:12 in train`, as far as it is known; of a long path the last part. */
export const placeOf = (failure: Failure): string => {
  const file = failure.file.length > LONGEST_PATH ? `…/${failure.file.slice(failure.file.lastIndexOf("/") + 1)}` : failure.file;
  const place = file && failure.line ? `${file}:${failure.line}` : file;
  return failure.function ? `${place}${place ? " " : ""}in ${failure.function}` : place;
};

/** Which steps a run was started for, and from where it takes results; empty for all steps and the whole cache. */
export const chosenSteps = ({ from_run, refresh, only, until }: RunDetail["selection"]): string =>
  [
    from_run === "" ? "" : `results of run ${from_run} alone are reused`,
    refresh.length === 0 ? "" : `run anew: ${refresh.join(", ")}`,
    only === "" ? "" : `only ${only}; what it needs is reused`,
    until === "" ? "" : `until ${until}`,
  ]
    .filter((part) => part !== "")
    .join("; ");

const RUN_EVENTS: Readonly<Record<string, string>> = {
  CREATED: "created",
  TAKEN: "taken by an engine, which drives it now",
  ARCHIVED: "archived",
  UNARCHIVED: "restored from the archive",
  PINNED: "pinned: it is not deleted",
  UNPINNED: "unpinned",
  STARTED: "started",
  TERMINATED: "termination was asked for",
  EXPIRED: "went on longer than it may, and is ended",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  CANCELED: "terminated",
  RETRIED: "retried",
};

const TASK_EVENTS: Readonly<Record<string, string>> = {
  RELEASED: "All that it waited for is there",
  MISSED: "Waits for a free place",
  REUSED: "Result reused",
  HELD: "Waits for an equal step",
  LAUNCHED: "Launched",
  SUCCEEDED: "Succeeded",
  FAILED: "Failed",
  RETRIED: "Will be tried again",
  DUE: "Its pause is over",
  SKIPPED: "Skipped",
  CANCELED: "Terminated",
  RESET: "Is to run again",
  MARKED: "Marked as succeeded",
  PUBLISHED: "Outputs recorded",
  CONSUMED: "Inputs recorded",
  NOTED: "Noted",
};

const ATTEMPT_EVENTS: Readonly<Record<string, string>> = { OPENED: "opened", STARTED: "process started", ENDED: "ended" };

/** What happened, in words; a kind that is not known is named as it is. */
export const eventInWords = (event: Event): string => {
  const [subject = "", move = ""] = event.kind.split(".", 2);
  if (subject === "run") return `Run ${RUN_EVENTS[move] ?? move}`;
  if (subject === "task") return TASK_EVENTS[move] ?? event.kind;
  if (subject === "attempt") return `Attempt ${event.attempt ?? ""} ${ATTEMPT_EVENTS[move] ?? move}`.trim();
  return event.kind;
};

/** What an event tells beside its kind: the words first, then all else as `name: value`. */
export const eventDetail = (event: Event): string => {
  const { why, error, cause, ...rest } = event.detail;
  const words = [why, cause && error ? `${text(cause)}: ${text(error)}` : (error ?? cause)].filter(Boolean).map(text);
  const others = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name.replaceAll("_", " ")}: ${EVENT_TIMES.has(name) && typeof value === "number" ? exact(new Date(value * 1000).toISOString()) : text(value)}`);
  return [...words, ...others].join(" · ");
};

const EVENT_TIMES: ReadonlySet<string> = new Set(["retry_at", "cached_at"]);

/** A value as text: strings as they are, all else as JSON. */
export const text = (value: unknown): string => (typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value));

/** The states that the steps of a run are in, for a filter: label and how many. */
export const stateChoices = (tasks: readonly TaskSummary[]): { state: AnyState; label: string; count: number }[] => {
  const found = counts(tasks);
  const order: AnyState[] = [...TASK_STATES.slice(0, 6), "CACHED", ...TASK_STATES.slice(6)];
  return order.filter((state) => found[state]).map((state) => ({ state, label: LOOKS[state].label, count: found[state] ?? 0 }));
};

/** A command as a shell would take it: quoted where needed. */
export const commandText = (command: readonly string[]): string =>
  command.map((part) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", "'\\''")}'`)).join(" ");
