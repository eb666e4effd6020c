import { describe, expect, it } from "vitest";

import { seriesFactory, taskFactory } from "./factories";
import type { SeriesPoint, SeriesUpdate } from "./messages";
import { growing, MOST_ADDED, seriesWith } from "./series-news";

const { curve, ofRun, ofTask, point } = seriesFactory;
const known = ofRun([ofTask([curve([1, 0.5])])]);
const told = (points: SeriesPoint[], change: Partial<SeriesUpdate> = {}): SeriesUpdate => ({
  run_id: "run-1",
  task_id: "train",
  attempt: 1,
  offset: 100,
  next_offset: 140,
  complete: false,
  damaged: 0,
  cut: false,
  error: "",
  series: [{ output: "metrics", metric: "loss", points }],
  ...change,
});

describe("what is listened to", () => {
  it("is the attempt that runs, from where its points are known, or from its beginning", () => {
    const running = taskFactory.running();
    expect(growing([running], known)).toEqual([{ run: "run-1", task: "train", attempt: 1, offset: 100 }]);
    expect(growing([{ ...running, attempts: 2 }], known)).toEqual([{ run: "run-1", task: "train", attempt: 2, offset: 0 }]);
    expect(growing([running], ofRun([]))).toEqual([{ run: "run-1", task: "train", attempt: 1, offset: 0 }]);
  });

  it("is no step that does not run, no group, no attempt that is complete, no other step", () => {
    const complete = ofRun([ofTask([], { attempts: [{ number: 1, next_offset: 9, complete: true, cut: false, damaged: 0, error: "" }] })]);
    expect(growing([taskFactory.succeeded(), taskFactory.waiting(), taskFactory.running({ kind: "loop" })], known)).toEqual([]);
    expect(growing([taskFactory.running()], complete)).toEqual([]);
    expect(growing([taskFactory.running()], known, "judge")).toEqual([]);
  });
});

describe("points that are told", () => {
  it("follow those that are known, and change the numbers of all", () => {
    const [task] = seriesWith(known, told([point(2, 0.25), point(3, "NaN"), point(4, 2)]))!.tasks;
    expect(task!.series).toEqual([{ ...curve([1, 0.5, 0.25, "NaN", 2]) }]);
    expect(task!.attempts[0]!.next_offset).toBe(140);
    expect(known.tasks[0]!.series[0]!.points).toHaveLength(2);
  });

  it("come with what is wrong: lines are counted, the mark of a cut file stays, an error is the latest", () => {
    const nothing = { series: [], next_offset: 100 };
    const broken = seriesWith(known, told([], { ...nothing, next_offset: 120, damaged: 2, cut: true, error: "it is not a file" }))!;
    expect(broken.tasks[0]!.attempts[0]).toMatchObject({ next_offset: 120, damaged: 2, cut: true, error: "it is not a file" });
    const mended = seriesWith(broken, told([], { ...nothing, offset: 120, next_offset: 140, damaged: 1 }))!;
    expect(mended.tasks[0]!.attempts[0]).toMatchObject({ next_offset: 140, damaged: 3, cut: true, error: "" });
    expect(seriesWith(known, told([], { ...nothing, error: "it is not a file" }))!.tasks[0]!.attempts[0]!.error).toBe("it is not a file");
  });

  it("give the first finite number to a series that had none", () => {
    const none = ofRun([ofTask([curve(["NaN"])])]);
    expect(seriesWith(none, told([point(1, 7)]))!.tasks[0]!.series[0]).toMatchObject({ min: 7, max: 7, not_finite: 1, count: 2 });
  });

  it("change nothing if they are known already, or if the step has none", () => {
    expect(seriesWith(known, told([point(1, 0.5)], { offset: 50, next_offset: 100 }))).toBe(known);
    expect(seriesWith(known, told([], { task_id: "judge", offset: 0, next_offset: 0, series: [] }))).toBe(known);
  });

  it("say that no more will come", () => {
    const now = seriesWith(known, told([], { next_offset: 100, complete: true, series: [] }));
    expect(now!.tasks[0]!.attempts[0]!.complete).toBe(true);
  });

  it.each([
    ["something was missed", told([point(2, 0)], { offset: 120 })],
    ["a part of them is known", told([point(2, 0)], { offset: 90 })],
    ["they are of another attempt", told([point(2, 0)], { attempt: 2, offset: 0 })],
    ["they are of another step", told([point(2, 0)], { task_id: "judge", offset: 0 })],
    ["they are of another series", told([], { series: [{ output: "metrics", metric: "rate", points: [point(0, 1)] }] })],
    ["their step was there before", told([point(1, 0)])],
    ["they are not in order", told([point(3, 0), point(2, 0)])],
    ["they are too many", told(Array.from({ length: 3 * MOST_ADDED }, (_, at) => point(at + 2, 1)))],
  ])("are read anew if %s", (_, update) => {
    expect(seriesWith(known, update)).toBeUndefined();
  });
});
