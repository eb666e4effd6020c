import { describe, expect, it } from "vitest";

import { runFactory, taskFactory } from "./factories";
import type { RunUpdate } from "./messages";
import { backOff, combined, keysOf, Positions, reachedBy, runsWith, runWith, streamQuery, tasksWith } from "./streaming";

const update = (seq: number, change: Partial<RunUpdate> = {}): RunUpdate => ({ run: runFactory.running(), seq, events: [], tasks: [], ...change });

describe("what a tab wants", () => {
  it("is put together from its parts, each thing once and from the earlier place", () => {
    const all = combined([
      { runs: [{ id: "a", seq: 9 }], summaries: ["a", "c"] },
      { runs: [{ id: "a", seq: 4 }], fresh: true, logs: [{ run: "a", task: "x/y", attempt: 2, offset: 30 }], series: [{ run: "a", task: "x/y", attempt: 2, offset: 70 }] },
    ]);
    expect([...all.runs]).toEqual([["a", 4]]);
    expect(all.summaries).toEqual(["c"]); // a is told whole
    expect(streamQuery(all, "POS")).toEqual([
      ["run", "a@4"],
      ["watch", "c"],
      ["new", "true"],
      ["log", "a/x%2Fy/2@30"],
      ["series", "a/x%2Fy/2@70"],
      ["position", "POS"],
    ]);
  });

  it("is not more than a stream takes", () => {
    const runs = Array.from({ length: 9 }, (_, at) => ({ id: `r${at}`, seq: 0 }));
    const summaries = Array.from({ length: 300 }, (_, at) => `s${at}`);
    const series = Array.from({ length: 20 }, (_, at) => ({ run: "a", task: `t${at}`, attempt: 1, offset: 0 }));
    const all = combined([{ runs, summaries, series }]);
    expect(all.runs.size).toBe(5);
    expect(all.series.size).toBe(10);
    expect(all.summaries).toHaveLength(200);
  });

  it("is not told again", () => {
    const reached = new Map([["run a", 12]]);
    expect(combined([{ runs: [{ id: "a", seq: 4 }] }], reached).runs.get("a")).toBe(12);
    expect(combined([{ runs: [{ id: "a", seq: 15 }] }], reached).runs.get("a")).toBe(15);
  });

  it("names its messages' places as it names what is wanted", () => {
    const told = reachedBy({ kind: "log", update: { run_id: "a", task_id: "x/y", attempt: 2, offset: 0, next_offset: 8, text: "", complete: false } });
    expect(told?.[0]).toBe(keysOf(combined([{ logs: [{ run: "a", task: "x/y", attempt: 2, offset: 0 }] }]))[0]);
    const well = { series: [], complete: false, damaged: 0, cut: false, error: "" };
    const points = reachedBy({ kind: "series", update: { run_id: "a", task_id: "x/y", attempt: 2, offset: 0, next_offset: 8, ...well } });
    expect(points).toEqual([keysOf(combined([{ series: [{ run: "a", task: "x/y", attempt: 2, offset: 0 }] }]))[0], 8]);
    expect(reachedBy({ kind: "run", update: update(3) })).toEqual(["run run-1", 3]);
  });
});

describe("the position of streams", () => {
  it("goes on over a change that leaves nothing behind", () => {
    const positions = new Positions();
    positions.reached("p1");
    positions.changed(["run a"], ["run a", "run b"]);
    expect(positions.token).toBe("p1");
  });

  it("is let go when something is wanted again that was not for a while", () => {
    const positions = new Positions();
    positions.reached("p1");
    positions.changed(["run a", "fresh"], ["fresh"]);
    expect(positions.token).toBe("p1");
    positions.changed(["fresh"], ["fresh", "run a"]);
    expect(positions.token).toBe("");
  });

  it("counts from the new stream's own messages on", () => {
    const positions = new Positions();
    positions.reached("p1");
    positions.changed(["run a", "fresh"], ["fresh"]);
    positions.reached("p2");
    positions.changed(["fresh"], ["fresh", "run a"]);
    expect(positions.token).toBe("p2");
  });
});

describe("what is told", () => {
  it("changes a run, unless the page knows more", () => {
    const detail = runFactory.detail({ seq: 10 });
    expect(runWith(detail, update(11, { run: runFactory.failed() }))).toMatchObject({ state: "FAILED", seq: 11, driven_by: "engine-1" });
    expect(runWith(detail, update(9, { run: runFactory.failed() }))).toBe(detail);
  });

  it("changes steps in their places", () => {
    const list = { tasks: [taskFactory.waiting({ task_id: "a" }), taskFactory.waiting({ task_id: "b" })], seq: 1, next_page_token: "" };
    const after = tasksWith(list, update(2, { tasks: [taskFactory.running({ task_id: "b" }), taskFactory.running({ task_id: "c" })] }));
    expect(after.tasks.map((task) => [task.task_id, task.state])).toEqual([
      ["a", "WAITING"],
      ["b", "RUNNING"],
      ["c", "RUNNING"],
    ]);
    expect(tasksWith(after, update(1))).toBe(after);
  });

  it("changes a run in lists, and leaves other lists alone", () => {
    const list = { runs: [runFactory.running()], next_page_token: "" };
    expect(runsWith(list, runFactory.succeeded()).runs[0]?.state).toBe("SUCCEEDED");
    expect(runsWith(list, runFactory.succeeded({ run_id: "other" }))).toBe(list);
  });
});

describe("trying again", () => {
  it("waits longer each time, but not for ever", () => {
    expect([1, 2, 3, 4, 5, 50].map(backOff)).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });
});
