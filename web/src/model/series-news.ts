// Series that grow: which attempts are listened to, and what the stream tells, worked into what pages know.

import type { NewPoints, RunSeries, Series, SeriesUpdate, TaskSeries, TaskSummary } from "./messages";
import { isGroup } from "./run";
import type { WatchedFile } from "./streaming";

/** The attempts of a run that may log more points, each from where its points are known; `task`: only of that step. */
export const growing = (tasks: readonly TaskSummary[], known: RunSeries, task = ""): WatchedFile[] =>
  tasks
    .filter((one) => one.state === "RUNNING" && one.attempts > 0 && !isGroup(one) && (task === "" || one.task_id === task))
    .flatMap(({ task_id: id, attempts: attempt }) => {
      const read = known.tasks.find((one) => one.task_id === id)?.attempts.find((one) => one.number === attempt);
      return read?.complete === true ? [] : [{ run: known.run_id, task: id, attempt, offset: read?.next_offset ?? 0 }];
    });

/** Points of a series that a page adds to those that the server has thinned out, before it asks for them anew. */
export const MOST_ADDED = 2_000;
const THINNED = 1_000;

/**
 * Series with what the stream told of them; the same ones if they have it already. `undefined`: only the server can tell how they are now,
 * because something was missed, or points do not simply follow those that are known: a new series, another attempt, an earlier step.
 */
export const seriesWith = (known: RunSeries, update: SeriesUpdate): RunSeries | undefined => {
  const task = known.tasks.find((one) => one.task_id === update.task_id);
  const attempt = task?.attempts.find((one) => one.number === update.attempt);
  // Of a step that is not among those known, nothing was logged yet.
  if (task === undefined || attempt === undefined) return update.series.length === 0 ? known : undefined;
  if (update.next_offset <= attempt.next_offset && attempt.complete === update.complete && attempt.error === update.error) return known;
  if (update.offset !== attempt.next_offset) return undefined;
  const series = update.series.reduce<Series[] | undefined>((all, points) => all && added(all, points, update.attempt), task.series);
  if (series === undefined) return undefined;
  const { next_offset, complete, error } = update;
  const read = { ...attempt, next_offset, complete, error, cut: attempt.cut || update.cut, damaged: attempt.damaged + update.damaged };
  const now: TaskSeries = { ...task, series, attempts: task.attempts.map((one) => (one === attempt ? read : one)) };
  return { ...known, tasks: known.tasks.map((one) => (one === task ? now : one)) };
};

/** Series with more points of one of them; `undefined` if they do not simply follow. */
const added = (all: readonly Series[], { output, metric, points }: NewPoints, attempt: number): Series[] | undefined => {
  const before = all.find((one) => one.output === output && one.metric === metric);
  const part = before?.parts.at(-1);
  if (before === undefined || part?.attempt !== attempt || before.points.length + points.length > THINNED + MOST_ADDED) return undefined;
  const follow = points.every((point, at) => point.step > (points[at - 1] ?? before.last).step);
  if (!follow) return undefined;
  const numbers = points.flatMap(({ value }) => (typeof value === "number" ? [value] : []));
  const now: Series = {
    ...before,
    count: before.count + points.length,
    last: points.at(-1) ?? before.last,
    min: numbers.reduce<number | null>((least, one) => (least === null ? one : Math.min(least, one)), before.min),
    max: numbers.reduce<number | null>((largest, one) => (largest === null ? one : Math.max(largest, one)), before.max),
    not_finite: before.not_finite + points.length - numbers.length,
    parts: [...before.parts.slice(0, -1), { ...part, count: part.count + points.length }],
    points: [...before.points, ...points],
  };
  return all.map((one) => (one === before ? now : one));
};
