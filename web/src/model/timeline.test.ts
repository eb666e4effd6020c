import { describe, expect, it } from "vitest";

import { taskFactory } from "./factories";
import type { Event, TaskSummary } from "./messages";
import { fullName } from "./steps";
import { inWords, laneRows, ordered, phasesOf, ticks, timeline, unknownYet } from "./timeline";

let seq = 0;
const at = (second: number, kind: string, task_id = "", more: Partial<Event> = {}): Event => {
  seq += 1;
  return { seq, at: new Date(second * 1000).toISOString(), kind, task_id, attempt: null, detail: {}, ...more };
};
const task = (task_id: string, more: Partial<TaskSummary> = {}): TaskSummary => taskFactory.waiting({ task_id, display_name: task_id, component: "", state: "SUCCEEDED", attempts: 1, ...more });
const brief = (tasks: TaskSummary[], events: Event[], now = 100_000) =>
  timeline(tasks, events, now).lanes.map((lane) => lane.segments.map((one) => [one.phase, one.from / 1000, one.to / 1000]));

const ran = [
  at(0, "run.CREATED"),
  at(1, "task.RELEASED", "a"),
  at(2, "task.MISSED", "a"),
  at(4, "task.LAUNCHED", "a", { attempt: 1 }),
  at(4, "attempt.OPENED", "a", { attempt: 1 }),
  at(5, "attempt.STARTED", "a", { attempt: 1 }),
];

describe("the timeline of a run", () => {
  it("shows each phase of a step", () => {
    expect(brief([task("a")], [...ran, at(9, "attempt.ENDED", "a"), at(9, "task.SUCCEEDED", "a")])).toEqual([
      [
        ["waiting", 0, 1],
        ["preparing", 1, 2],
        ["queued", 2, 4],
        ["starting", 4, 5],
        ["running", 5, 9],
      ],
    ]);
  });

  it("shows every attempt, and the pause between two", () => {
    const events = [
      ...ran,
      at(6, "attempt.ENDED", "a", { detail: { cause: "user error" } }),
      at(6, "task.RETRIED", "a"),
      at(8, "task.DUE", "a"),
      at(8, "task.LAUNCHED", "a", { attempt: 2 }),
      at(8, "attempt.STARTED", "a", { attempt: 2 }),
      at(9, "attempt.ENDED", "a"),
      at(9, "task.SUCCEEDED", "a"),
    ];
    const [lane] = timeline([task("a", { attempts: 2 })], events, 0).lanes;
    expect(lane?.segments.slice(-3).map((one) => [one.phase, one.attempt, one.failed])).toEqual([
      ["running", 1, true],
      ["backing_off", 1, false],
      ["running", 2, false],
    ]);
    expect(lane && inWords(lane)).toContain("running 1.0 s (attempt 1, failed)");
  });

  it("goes on until now while something runs", () => {
    const shown = timeline([task("a", { state: "RUNNING" })], ran, 12_000);
    expect(shown.to).toBe(12_000);
    expect(shown.lanes[0]?.segments.at(-1)).toMatchObject({ phase: "running", open: true, to: 12_000 });
  });

  it("ends with the run", () => {
    expect(timeline([task("a")], [...ran, at(9, "task.SUCCEEDED", "a"), at(9.5, "run.SUCCEEDED")], 50_000).to).toBe(9_500);
  });

  it("has no bar after the start for a result that was reused", () => {
    const events = [at(0, "run.CREATED"), at(1, "task.RELEASED", "a"), at(2, "task.REUSED", "a"), at(3, "run.SUCCEEDED")];
    const [lane] = timeline([task("a", { cached: true })], events, 9).lanes;
    expect(lane?.reusedAt).toBe(2000);
    expect(lane?.segments.map((one) => one.phase)).toEqual(["waiting", "preparing"]);
  });

  it("waits again when the run is retried, and only what did not succeed", () => {
    const events = [
      at(0, "run.CREATED"),
      at(1, "task.SUCCEEDED", "a"),
      at(2, "task.SKIPPED", "b"),
      at(2, "run.FAILED"),
      at(10, "run.RETRIED"),
      at(11, "task.RELEASED", "b"),
    ];
    expect(brief([task("a"), task("b", { state: "PREPARING" })], events, 12_000)).toEqual([
      [["waiting", 0, 1]],
      [
        ["waiting", 0, 2],
        ["waiting", 10, 11],
        ["preparing", 11, 12],
      ],
    ]);
  });

  it("says what of a running attempt is known later", () => {
    expect(unknownYet({ phases: { opened: "a", started: "b" } })).toBe("When “Launched” and “Own code running” began, the process itself notes: it is read when the attempt has ended.");
    expect(unknownYet({ phases: { opened: "a" } })).toBe("");
    expect(unknownYet({ phases: { opened: "a", started: "b", ended: "c" } })).toBe("");
  });

  it("names the phases of an attempt in the order of time, with the time until the next", () => {
    const phases = phasesOf({ ended: "2026-01-01T00:00:02Z", opened: "2026-01-01T00:00:00Z", started: "2026-01-01T00:00:00.250Z" });
    expect(phases.map((one) => [one.name, one.took])).toEqual([
      ["opened", "250 ms"],
      ["started", "1.8 s"],
      ["ended", ""],
    ]);
  });

  it("is empty without events", () => {
    expect(timeline([], [], 5).lanes).toEqual([]);
  });
});

describe("the order of lanes", () => {
  const events = [at(0, "run.CREATED"), at(1, "task.LAUNCHED", "b"), at(1, "attempt.STARTED", "b"), at(2, "task.LAUNCHED", "a"), at(2, "attempt.STARTED", "a"), at(3, "task.SUCCEEDED", "a"), at(9, "task.SUCCEEDED", "b")];
  const { lanes } = timeline([task("c", { state: "WAITING" }), task("a"), task("b")], events, 10_000);
  it.each([
    ["start", ["b", "a", "c"]],
    ["longest", ["b", "a", "c"]],
    ["name", ["a", "b", "c"]],
  ] as const)("by %s", (order, expected) => {
    expect(ordered(lanes, order).map((lane) => lane.taskId)).toEqual(expected);
  });
});

describe("nested lanes", () => {
  const tasks = [
    task("after"),
    task("loop", { kind: "loop", started_at: "1970-01-01T00:00:01Z", finished_at: "1970-01-01T00:00:09Z", attempts: 0 }),
    task("loop/0", { kind: "iteration", index: 0, parent: "loop", started_at: "1970-01-01T00:00:01Z", finished_at: "1970-01-01T00:00:09Z" }),
    task("loop/0/a", { display_name: "a", parent: "loop/0" }),
  ];
  const events = [at(0, "run.CREATED"), at(1, "task.LAUNCHED", "loop/0/a"), at(1, "attempt.STARTED", "loop/0/a"), at(9, "task.SUCCEEDED", "loop/0/a"), at(10, "task.LAUNCHED", "after"), at(11, "task.SUCCEEDED", "after")];
  const { lanes, to } = timeline(tasks, events, 99_000);
  const brief = (...[order, folding]: [Parameters<typeof laneRows>[2], Parameters<typeof laneRows>[3]]) => laneRows(tasks, lanes, order, folding).map((row) => `${row.depth} ${row.lane.name}`);

  it("stand below their groups by start, which can be folded", () => {
    expect(brief("start", {})).toEqual(["0 loop", "1 Iteration 0", "2 a", "0 after"]);
    expect(brief("start", { loop: false })).toEqual(["0 loop", "0 after"]);
  });

  it("stand alone in other orders, with their group in the name", () => {
    expect(laneRows(tasks, lanes, "longest", {}).map((row) => fullName(row.lane))).toEqual(["a (loop/0)", "after"]);
  });

  it("have one bar for a group, from its start to its end", () => {
    expect(to).toBe(11_000);
    expect(lanes[1]).toMatchObject({ group: true, segments: [{ phase: "running", from: 1_000, to: 9_000, open: false, failed: false }] });
  });
});

describe("the axis", () => {
  it("has round marks, not too many", () => {
    expect(ticks(9_000, 5)).toEqual([0, 2000, 4000, 6000, 8000]);
    expect(ticks(400, 4)).toEqual([0, 100, 200, 300, 400]);
    expect(ticks(3 * 86_400_000, 4).length).toBeLessThanOrEqual(5);
    expect(ticks(90 * 86_400_000, 4).length).toBeLessThanOrEqual(5);
  });
});
