// What each step did when: bars with phases, made of the events of a run. Times in milliseconds since the epoch.

import { duration, fine } from "./durations";
import type { Event, TaskSummary } from "./messages";
import { isGroup } from "./run";
import { shownState, type AnyState } from "./states";
import { byStart, type Folding, rowsOf, titleOf } from "./steps";

export type Phase = "waiting" | "preparing" | "queued" | "starting" | "running" | "backing_off";

export interface PhaseLook {
  readonly label: string;
  readonly meaning: string;
}

/** The phases in the order of a step's life. */
export const PHASES: Readonly<Record<Phase, PhaseLook>> = {
  waiting: { label: "Waiting", meaning: "for the steps before it" },
  preparing: { label: "Preparing", meaning: "its environment is made ready, the cache is asked, an equal step is waited for" },
  queued: { label: "Queued", meaning: "for a free place" },
  starting: { label: "Starting", meaning: "an attempt is launched, its process does not run yet" },
  running: { label: "Running", meaning: "its process runs" },
  backing_off: { label: "Pause before a retry", meaning: "after an attempt that failed" },
};

export interface Segment {
  readonly phase: Phase;
  readonly from: number;
  readonly to: number;
  /** The attempt that it belongs to; 0 before the first one. */
  readonly attempt: number;
  /** Whether it goes on now. */
  readonly open: boolean;
  /** Whether the attempt failed in it. */
  readonly failed: boolean;
}

export interface Lane {
  readonly taskId: string;
  readonly name: string;
  /** The group that it is in; empty at the top. */
  readonly within: string;
  /** Whether it holds other lanes: its one bar goes from the first of them to the last. */
  readonly group: boolean;
  readonly state: AnyState;
  readonly segments: readonly Segment[];
  /** When a reused result was taken. */
  readonly reusedAt: number | undefined;
  readonly attempts: number;
}

export interface Timeline {
  readonly lanes: readonly Lane[];
  readonly from: number;
  readonly to: number;
}

const NEXT: Readonly<Record<string, Phase | "over">> = {
  "task.RELEASED": "preparing",
  "task.MISSED": "queued",
  "task.HELD": "preparing",
  "task.LAUNCHED": "starting",
  "attempt.STARTED": "running",
  "task.RETRIED": "backing_off",
  "task.DUE": "queued",
  "task.RESET": "waiting",
  "task.REUSED": "over",
  "task.MARKED": "over",
  "task.SUCCEEDED": "over",
  "task.FAILED": "over",
  "task.SKIPPED": "over",
  "task.CANCELED": "over",
};

interface Track {
  phase: Phase | "over";
  since: number;
  attempt: number;
  ended: "" | "well" | "badly";
  reusedAt: number | undefined;
  segments: Segment[];
}

/** The bars of all steps up to `now`, or to the end of the run. */
export const timeline = (tasks: readonly TaskSummary[], events: readonly Event[], now: number): Timeline => {
  const from = events[0] ? Date.parse(events[0].at) : now;
  const tracks = new Map<string, Track>();
  for (const task of tasks) if (!isGroup(task)) tracks.set(task.task_id, { phase: "waiting", since: from, attempt: 0, ended: "", reusedAt: undefined, segments: [] });
  for (const event of events) {
    const at = Date.parse(event.at);
    if (event.kind === "run.RETRIED") for (const track of tracks.values()) restarted(track, at);
    const track = tracks.get(event.task_id);
    if (track) moved(track, event, at);
  }
  const going = [...tracks.values()].some((track) => track.phase !== "over");
  const last = events.at(-1);
  const to = Math.max(going ? now : last ? Date.parse(last.at) : now, from + 1);
  return { from, to, lanes: tasks.map((task) => (isGroup(task) ? groupLane(task, to) : lane(task, tracks.get(task.task_id), to))) };
};

const restarted = (track: Track, at: number): void => {
  if (track.phase === "over" && track.ended === "badly") Object.assign(track, { phase: "waiting", since: at, ended: "" });
};

const moved = (track: Track, event: Event, at: number): void => {
  if (event.kind === "attempt.ENDED" && event.detail.cause) {
    close(track, at, true);
    track.since = at;
    return;
  }
  const next = NEXT[event.kind];
  if (!next) return;
  close(track, at, false);
  if (next === "starting") track.attempt = event.attempt ?? track.attempt + 1;
  if (event.kind === "task.REUSED") track.reusedAt = at;
  if (next === "over") track.ended = event.kind === "task.SUCCEEDED" || event.kind === "task.REUSED" ? "well" : "badly";
  track.phase = next;
  track.since = at;
};

const close = (track: Track, at: number, failed: boolean): void => {
  if (track.phase === "over" || at <= track.since) return;
  const { phase, since, attempt } = track;
  track.segments.push({ phase, from: since, to: at, attempt, open: false, failed });
};

const groupLane = (task: TaskSummary, to: number): Lane => {
  const from = task.started_at === null ? undefined : Date.parse(task.started_at);
  const end = task.finished_at === null ? to : Date.parse(task.finished_at);
  const segments: Segment[] = from === undefined || end < from ? [] : [{ phase: "running", from, to: end, attempt: 0, open: task.finished_at === null, failed: task.state === "FAILED" }];
  return { ...named(task), group: true, segments, reusedAt: undefined, attempts: 0 };
};

const named = (task: TaskSummary): Pick<Lane, "taskId" | "name" | "within" | "state"> => ({ taskId: task.task_id, name: titleOf(task), within: task.parent, state: shownState(task) });

const lane = (task: TaskSummary, track: Track | undefined, to: number): Lane => {
  const segments = track ? [...track.segments] : [];
  if (track && track.phase !== "over") {
    segments.push({ phase: track.phase, from: track.since, to: Math.max(to, track.since), attempt: track.attempt, open: true, failed: false });
  }
  return {
    ...named(task),
    group: false,
    segments,
    reusedAt: track?.reusedAt,
    attempts: Math.max(task.attempts, track?.attempt ?? 0),
  };
};

// ---------------------------------------------------------------- reading it

/** A lane as a sentence, for whoever cannot see the bars. */
export const inWords = (one: Lane): string => {
  const parts = one.segments
    .filter((part) => part.phase !== "waiting" || one.segments.length === 1)
    .map((part) => {
      const attempt = part.phase === "running" && one.attempts > 1 ? ` (attempt ${part.attempt}${part.failed ? ", failed" : ""})` : part.failed ? " (failed)" : "";
      return `${PHASES[part.phase].label.toLowerCase()} ${duration((part.to - part.from) / 1000)}${attempt}${part.open ? " so far" : ""}`;
    });
  if (one.reusedAt !== undefined) parts.push("result reused");
  return parts.join(", ") || "did not begin";
};

export type LaneOrder = "start" | "longest" | "name";

const begun = (one: Lane): number => one.segments.find((part) => part.phase !== "waiting")?.from ?? one.reusedAt ?? Infinity;

/** A lane where it is shown. */
export interface LaneRow {
  readonly lane: Lane;
  readonly depth: number;
  /** Whether what is in it is shown; `undefined` if it holds nothing. */
  readonly open: boolean | undefined;
}

/** The lanes of all tasks, nested by their start; of steps alone in any other order, since groups would tear it apart. */
export const laneRows = (tasks: readonly TaskSummary[], lanes: readonly Lane[], order: LaneOrder, folding: Folding): LaneRow[] => {
  if (order !== "start") return ordered(lanes.filter((one) => !one.group), order).map((lane) => ({ lane, depth: 0, open: undefined }));
  const byId = new Map(lanes.map((one) => [one.taskId, one]));
  const began = (task: TaskSummary): number => {
    const one = byId.get(task.task_id);
    return one === undefined ? Infinity : begun(one);
  };
  return rowsOf(byStart(tasks, began), folding).flatMap(({ task, depth, open }) => {
    const one = byId.get(task.task_id);
    return one === undefined ? [] : [{ lane: one, depth, open }];
  });
};

/** Lanes in an order; those that never began stand last. */
export const ordered = (lanes: readonly Lane[], order: LaneOrder): Lane[] => {
  const ran = (one: Lane) => one.segments.reduce((sum, part) => (part.phase === "running" ? sum + part.to - part.from : sum), 0);
  const compare: Record<LaneOrder, (a: Lane, b: Lane) => number> = {
    start: (a, b) => rank(begun(a), begun(b)),
    longest: (a, b) => ran(b) - ran(a),
    name: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }),
  };
  return [...lanes].sort(compare[order]);
};

const rank = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** Places for marks on an axis of that many milliseconds: round ones, at most `most`. */
export const ticks = (span: number, most: number): number[] => {
  const second = 1000;
  const minute = 60 * second;
  const hour = 60 * minute;
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second, minute, 2 * minute]
    .concat([5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 6 * hour, 12 * hour, 24 * hour]);
  const fits = steps.find((step) => span / step <= most) ?? 24 * hour * Math.ceil(span / (24 * hour * most));
  return Array.from({ length: Math.floor(span / fits) + 1 }, (_, index) => index * fits);
};

// ---------------------------------------------------------------- the phases of one attempt

const ATTEMPT_PHASES: Readonly<Record<string, string>> = {
  preparing: "Environment made ready, cache asked",
  queued: "In the queue",
  opened: "Recorded, before anything started",
  launched: "Launched",
  started: "Process started",
  staged: "Inputs copied",
  running: "Own code running",
  ended: "Ended",
  collected: "Outputs collected",
};

/** Phases that the process itself notes: they are known when it has ended. */
const NOTED_INSIDE = ["launched", "running"] as const;

/** The words for the phases of a running attempt that are not known yet; empty where nothing is missing. */
export const unknownYet = ({ phases }: { phases: Readonly<Record<string, string>> }): string => {
  const missing = NOTED_INSIDE.filter((name) => phases[name] === undefined).map((name) => `“${ATTEMPT_PHASES[name] ?? name}”`);
  return phases.started === undefined || phases.ended !== undefined || missing.length === 0 ? "" : `When ${missing.join(" and ")} began, the process itself notes: it is read when the attempt has ended.`;
};

/** The phases of an attempt in the order of time: when each began, and how long it was until the next one; of the last one nothing. */
export const phasesOf = (phases: Readonly<Record<string, string>>): { name: string; label: string; at: string; took: string }[] => {
  const order = Object.keys(ATTEMPT_PHASES);
  const listed = Object.entries(phases).sort(([one, a], [other, b]) => Date.parse(a) - Date.parse(b) || order.indexOf(one) - order.indexOf(other));
  return listed.map(([name, at], index) => {
    const next = listed[index + 1];
    const milliseconds = next === undefined ? undefined : Date.parse(next[1]) - Date.parse(at);
    return { name, label: ATTEMPT_PHASES[name] ?? name, at, took: milliseconds === undefined ? "" : fine(milliseconds) };
  });
};
