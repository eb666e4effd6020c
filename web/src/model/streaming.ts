// What pages watch, put together for the one stream of a tab, and what it tells, worked into what pages know.

import type { LogUpdate, NewRuns, RunDetail, RunGone, RunSummary, RunUpdate, SeriesUpdate, TaskList, TaskSummary } from "./messages";

/** A log, or the points of metrics, of an attempt, to follow from a byte on. */
export interface WatchedFile {
  run: string;
  task: string;
  attempt: number;
  offset: number;
}

/** What one part of a page wants to be told. */
export interface Wants {
  /** Runs whole: every event and step that changed, from the event after `seq` on. */
  runs?: readonly { id: string; seq: number }[];
  /** Runs of which only the summary is shown. */
  summaries?: readonly string[];
  /** Whether runs were created. */
  fresh?: boolean;
  logs?: readonly WatchedFile[];
  series?: readonly WatchedFile[];
}

export type StreamMessage =
  | { kind: "run"; update: RunUpdate }
  | { kind: "summary"; run: RunSummary }
  | { kind: "gone"; gone: RunGone }
  | { kind: "new"; fresh: NewRuns }
  | { kind: "log"; update: LogUpdate }
  | { kind: "series"; update: SeriesUpdate };

export const MOST_RUNS = 5;
export const MOST_SUMMARIES = 200;
export const MOST_LOGS = 3;
export const MOST_SERIES = 10;

/** All that a tab wants: each thing once, from the latest known position on, not more than a stream takes. */
export interface Combined {
  runs: ReadonlyMap<string, number>;
  summaries: readonly string[];
  fresh: boolean;
  logs: ReadonlyMap<string, number>;
  series: ReadonlyMap<string, number>;
}

/** An attempt as the stream's address names it. */
export const attemptName = (of: { run: string; task: string; attempt: number }): string =>
  `${encodeURIComponent(of.run)}/${encodeURIComponent(of.task)}/${of.attempt}`;

/** `reached`: how far streams have told already, by the keys of `keysOf`; nothing before it is wanted again. */
export function combined(all: Iterable<Wants>, reached: ReadonlyMap<string, number> = new Map()): Combined {
  const wanted = [...all];
  // Two parts that know a run up to different events: told from the earlier one on, both miss nothing.
  const runs = earliest(wanted.flatMap(({ runs: some = [] }) => some.map(({ id, seq }): Start => [id, seq])));
  const starts = (some: readonly WatchedFile[]): Start[] => some.map((file) => [attemptName(file), file.offset]);
  const logs = earliest(wanted.flatMap(({ logs: some = [] }) => starts(some)));
  const series = earliest(wanted.flatMap(({ series: some = [] }) => starts(some)));
  const summaries = new Set(wanted.flatMap((wants) => wants.summaries ?? []));
  return {
    runs: new Map(runs.map(([id, seq]) => [id, Math.max(seq, reached.get(runKey(id)) ?? 0)] as const).slice(0, MOST_RUNS)),
    summaries: [...summaries].filter((id) => !runs.some(([run]) => run === id)).sort().slice(0, MOST_SUMMARIES),
    fresh: wanted.some((wants) => wants.fresh === true),
    logs: new Map(logs.map(([name, offset]) => [name, Math.max(offset, reached.get(logKey(name)) ?? 0)] as const).slice(0, MOST_LOGS)),
    series: new Map(series.map(([name, offset]) => [name, Math.max(offset, reached.get(seriesKey(name)) ?? 0)] as const).slice(0, MOST_SERIES)),
  };
}

type Start = [key: string, at: number];

function earliest(starts: Start[]): Start[] {
  const found = new Map<string, number>();
  for (const [key, at] of starts) found.set(key, Math.min(at, found.get(key) ?? at));
  return [...found];
}

const runKey = (id: string): string => `run ${id}`;
const logKey = (name: string): string => `log ${name}`;
const seriesKey = (name: string): string => `series ${name}`;

/** How far a message tells something, by the keys of `keysOf`; `null` for what has no place. */
export function reachedBy(message: StreamMessage): [string, number] | null {
  if (message.kind === "run") return [runKey(message.update.run.run_id), message.update.seq];
  if (message.kind !== "log" && message.kind !== "series") return null;
  const { run_id: run, task_id: task, attempt, next_offset } = message.update;
  const name = attemptName({ run, task, attempt });
  return [message.kind === "log" ? logKey(name) : seriesKey(name), next_offset];
}

export const isEmpty = (all: Combined): boolean => all.runs.size === 0 && all.summaries.length === 0 && !all.fresh && all.logs.size === 0 && all.series.size === 0;

/** What distinguishes one stream from another: what is wanted, not from where on. */
export const keysOf = (all: Combined): string[] => [
  ...[...all.runs.keys()].map(runKey),
  ...all.summaries.map((id) => `summary ${id}`),
  ...(all.fresh ? ["fresh"] : []),
  ...[...all.logs.keys()].map(logKey),
  ...[...all.series.keys()].map(seriesKey),
];

/** The query of the stream's address, as pairs. */
export function streamQuery(all: Combined, position: string): [string, string][] {
  return [
    ...[...all.runs].map(([id, seq]): [string, string] => ["run", `${id}@${seq}`]),
    ...(all.summaries.length > 0 ? [["watch", all.summaries.join(",")] as [string, string]] : []),
    ...(all.fresh ? [["new", "true"] as [string, string]] : []),
    ...[...all.logs].map(([name, offset]): [string, string] => ["log", `${name}@${offset}`]),
    ...[...all.series].map(([name, offset]): [string, string] => ["series", `${name}@${offset}`]),
    ...(position === "" ? [] : [["position", position] as [string, string]]),
  ];
}

/**
 * How far a tab's streams have told what they tell, across reopenings.
 * A position of the server is good for a new stream only while all that is in it was wanted all the time: what a page let go and wants again,
 * it has read anew, and its own start counts.
 */
export class Positions {
  #token = "";
  readonly #left = new Set<string>();

  /** A message came: all before it was told. */
  reached(token: string): void {
    if (token === "") return;
    this.#token = token;
    this.#left.clear();
  }

  /** A stream ends, and one that wants other things follows. */
  changed(before: readonly string[], after: readonly string[]): void {
    for (const key of before) if (!after.includes(key)) this.#left.add(key);
    if (after.some((key) => this.#left.has(key))) this.forget();
  }

  /** The server does not take the position. */
  forget(): void {
    this.#token = "";
    this.#left.clear();
  }

  get token(): string {
    return this.#token;
  }
}

/** Milliseconds to wait before trying again for the nth time, from 1 s to 15 s. */
export const backOff = (failures: number): number => Math.min(15_000, 1_000 * 2 ** Math.max(0, failures - 1));

// ---------------------------------------------------------------- worked into what is known

/** A run's page with what the stream told of the run; what is older than the page is left out. */
export function runWith(detail: RunDetail, update: RunUpdate): RunDetail {
  return update.seq < detail.seq ? detail : { ...detail, ...update.run, seq: update.seq };
}

/** A list of steps with those that changed, in their places; steps that are new come last. */
export function tasksWith(list: TaskList, update: Pick<RunUpdate, "tasks" | "seq">): TaskList {
  if (update.seq < list.seq) return list;
  const changed = new Map(update.tasks.map((task) => [task.task_id, task]));
  const kept = list.tasks.map((task): TaskSummary => {
    const now = changed.get(task.task_id);
    changed.delete(task.task_id);
    return now ?? task;
  });
  return { ...list, tasks: changed.size === 0 ? kept : [...kept, ...changed.values()], seq: update.seq };
}

/** What is told of runs while their steps are read: an answer may be older, so it is worked into it when it comes. */
export class Meanwhile {
  readonly #reading = new Map<string, Set<RunUpdate[]>>();

  told(update: RunUpdate): void {
    for (const kept of this.#reading.get(update.run.run_id) ?? []) kept.push(update);
  }

  async reading(id: string, read: () => Promise<TaskList>): Promise<TaskList> {
    const kept: RunUpdate[] = [];
    const all = this.#reading.get(id) ?? new Set();
    this.#reading.set(id, all.add(kept));
    try {
      return kept.reduce(tasksWith, await read());
    } finally {
      all.delete(kept);
      if (all.size === 0) this.#reading.delete(id);
    }
  }
}

/** That of the tab. */
export const meanwhile = new Meanwhile();

/** A list of runs with one of them as it is now; the same list if it is not in it. */
export function runsWith<L extends { runs: RunSummary[] }>(list: L, run: RunSummary): L {
  if (!list.runs.some((one) => one.run_id === run.run_id)) return list;
  return { ...list, runs: list.runs.map((one) => (one.run_id === run.run_id ? run : one)) };
}

/** Whether what a run's update tells can change its outputs, metrics, counts or whether it can be retried. */
export const isTurningPoint = (update: RunUpdate): boolean => update.tasks.length > 0 || update.run.finished_at !== null;
