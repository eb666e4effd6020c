// The tasks of a run as nested rows: groups, which can be folded, and below each what it holds.

import { count } from "./durations";
import type { TaskSummary } from "./messages";
import { filtered, inOrderOfRun, isGroup, nested, type StepFilter, stepsOf } from "./run";

/** A loop of more rounds than these begins folded, and so do its rounds. */
export const MANY_ROUNDS = 10;

/** Where a task is in the pipeline, whatever round of a loop it is in: `loop/inner` for `loop/3/inner`. This is the id of its node in the graph. */
export const placeOf = (id: string): string => id.replace(/\/\d+(?=\/|$)/g, "");

/** What a task is called among its siblings. */
export const titleOf = (task: Pick<TaskSummary, "kind" | "index" | "display_name">): string => (task.kind === "iteration" && task.index !== null ? `Iteration ${task.index}` : task.display_name);

export interface StepRow {
  readonly task: TaskSummary;
  /** How many groups it is in. */
  readonly depth: number;
  /** Whether what is in it is shown; `undefined` if there is nothing. */
  readonly open: boolean | undefined;
  /** What a group holds, in words; empty for a step. */
  readonly holds: string;
}

/** What the reader has folded or unfolded, by the ids of groups. */
export type Folding = Readonly<Record<string, boolean>>;

/** Rows of tasks that stand in a nested order; what is in folded groups is left out. `folding`: `null` where nothing is folded. */
export const rowsOf = (tasks: readonly TaskSummary[], folding: Folding | null): StepRow[] => {
  const found = new Map(tasks.map((task) => [task.task_id, task]));
  const sizes = new Map<string, { children: number; steps: number }>();
  const sizeOf = (id: string): { children: number; steps: number } => sizes.get(id) ?? { children: 0, steps: 0 };
  // From the last to the first: what is in a group is counted before the group is added to its own.
  for (const task of [...tasks].reverse()) {
    if (!found.has(task.parent)) continue;
    const { children, steps } = sizeOf(task.parent);
    sizes.set(task.parent, { children: children + 1, steps: steps + (isGroup(task) ? sizeOf(task.task_id).steps : 1) });
  }
  const opensAtFirst = (task: TaskSummary): boolean => {
    const loop = task.kind === "iteration" ? task.parent : task.kind === "loop" ? task.task_id : "";
    return loop === "" || sizeOf(loop).children <= MANY_ROUNDS;
  };
  /** How deep what is in a shown, open group stands. */
  const inside = new Map<string, number>();
  const rows: StepRow[] = [];
  for (const task of tasks) {
    const depth = found.has(task.parent) ? inside.get(task.parent) : 0;
    if (depth === undefined) continue;
    const { children, steps } = sizeOf(task.task_id);
    const open = children === 0 ? undefined : (folding === null || (folding[task.task_id] ?? opensAtFirst(task)));
    if (open === true) inside.set(task.task_id, depth + 1);
    rows.push({ task, depth, open, holds: isGroup(task) ? holdsOf(task, children, steps) : "" });
  }
  return rows;
};

const holdsOf = (task: TaskSummary, children: number, steps: number): string => {
  const kind = { loop: "Loop", iteration: "", dag: "Group", step: "", importer: "" }[task.kind];
  const rounds = task.kind === "loop" && children > 0 ? count(children, "iteration") : "";
  return [kind, rounds, children === 0 && task.kind !== "iteration" ? "" : count(steps, "step")].filter((part) => part !== "").join(", ");
};

/** What a filter lets through, in the order of the run. */
export interface Found {
  /** Steps, and groups that hold none. */
  readonly steps: readonly TaskSummary[];
  /** These with the groups that they are in. */
  readonly nested: readonly TaskSummary[];
  /** Whether the filter names one place of the pipeline: then only what ran there is of interest. */
  readonly onePlace: boolean;
}

export const found = (tasks: readonly TaskSummary[], filter: StepFilter): Found => {
  const all = inOrderOfRun(tasks);
  const place = filter.text.trim();
  const there = place.includes("/") ? all.filter((task) => !isGroup(task) && placeOf(task.task_id) === place) : [];
  const steps = filtered(there.length > 0 ? there : stepsOf(all), there.length > 0 ? { ...filter, text: "" } : filter);
  return { steps, nested: withGroups(all, steps), onePlace: there.length > 0 };
};

const withGroups = (all: readonly TaskSummary[], steps: readonly TaskSummary[]): TaskSummary[] => {
  if (steps.length === all.length) return [...all];
  const known = new Map(all.map((task) => [task.task_id, task]));
  const kept = new Set<string>();
  for (const step of steps) {
    for (let task: TaskSummary | undefined = step; task !== undefined && !kept.has(task.task_id); task = known.get(task.parent)) kept.add(task.task_id);
  }
  return all.filter((task) => kept.has(task.task_id));
};

/** Tasks in a nested order, those of one level by when they began; what did not begin stands last. */
export const byStart = (tasks: readonly TaskSummary[], beganAt: (task: TaskSummary) => number): TaskSummary[] =>
  nested(inOrderOfRun(tasks), (level) => level.map((task) => ({ task, at: beganAt(task) })).sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1)).map(({ task }) => task));

/** What a step is called, and within which group. */
export interface StepName {
  readonly name: string;
  readonly within: string;
}

/** A step's name where it does not stand below its group. */
export const fullName = ({ name, within }: StepName): string => (within === "" ? name : `${name} (${within})`);

/** The steps of a run by id, as lists name them. */
export const namesOf = (tasks: readonly TaskSummary[]): ReadonlyMap<string, StepName> =>
  new Map(tasks.map((task) => [task.task_id, { name: titleOf(task), within: task.parent }]));
