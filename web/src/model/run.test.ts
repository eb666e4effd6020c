import { describe, expect, it } from "vitest";

import { exact } from "./durations";
import { taskFactory } from "./factories";
import type { Event, Failure, TaskSummary } from "./messages";
import { chosenSteps, commandText, counts, eventDetail, eventInWords, filtered, inOrderOfRun, isGroup, lasted, named, placeOf, retryScope, sorted, stateChoices, stepsOf, updatedEvents } from "./run";

const task = (id: string, more: Partial<TaskSummary> = {}): TaskSummary => taskFactory.waiting({ task_id: id, display_name: id, component: `comp-${id}`, state: "SUCCEEDED", attempts: 1, ...more });
const event = (seq: number, kind: string, more: Partial<Event> = {}): Event => ({ seq, at: "2026-01-01T00:00:00Z", kind, task_id: "", attempt: null, detail: {}, ...more });

describe("what the stream tells", () => {
  it("adds each event once", () => {
    const events = [event(1, "run.CREATED"), event(2, "run.STARTED")];
    expect(updatedEvents(events, [event(2, "run.STARTED"), event(3, "task.RELEASED")]).map((one) => one.seq)).toEqual([1, 2, 3]);
    expect(updatedEvents(events, [event(1, "run.CREATED")])).toBe(events);
  });
});

describe("the table of steps", () => {
  const tasks = [task("load", { cached: true }), task("train", { state: "FAILED", error: "ValueError: no rows" }), task("report", { state: "SKIPPED", why: "not started: train failed", attempts: 0 })];

  it("filters by state and by any text that a step shows", () => {
    expect(filtered(tasks, { states: ["CACHED"], text: "" }).map((one) => one.task_id)).toEqual(["load"]);
    expect(filtered(tasks, { states: [], text: "NO ROWS" }).map((one) => one.task_id)).toEqual(["train"]);
    expect(filtered(tasks, { states: [], text: "train" }).map((one) => one.task_id)).toEqual(["train", "report"]);
    expect(filtered(tasks, { states: ["SKIPPED"], text: "load" })).toEqual([]);
  });

  it("offers the states that there are", () => {
    expect(counts(tasks)).toEqual({ CACHED: 1, FAILED: 1, SKIPPED: 1 });
    expect(stateChoices(tasks).map((one) => one.state)).toEqual(["CACHED", "FAILED", "SKIPPED"]);
  });

  it("orders by a column, with what has no value last", () => {
    const timed = [
      task("a", { started_at: "2026-01-01T00:00:00Z", finished_at: "2026-01-01T00:00:05Z" }),
      task("b"),
      task("c", { started_at: "2026-01-01T00:00:01Z", finished_at: "2026-01-01T00:00:02Z" }),
    ];
    const order = (descending: boolean) => sorted(timed, "duration", descending, 0).map((one) => one.task_id);
    expect(order(false)).toEqual(["c", "a", "b"]);
    expect(order(true)).toEqual(["a", "c", "b"]);
    expect(sorted(timed, undefined, false, 0)).toEqual(timed);
  });

  it("stands in the order in which steps can run", () => {
    const chain = [task("a", { depends_on: ["b"] }), task("b", { depends_on: ["c", "elsewhere"] }), task("c"), task("d10"), task("d9"), task("e", { depends_on: ["c", "a"] })];
    expect(inOrderOfRun(chain).map((one) => one.task_id)).toEqual(["c", "d9", "d10", "b", "a", "e"]);
    expect(inOrderOfRun([task("x", { depends_on: ["y"] }), task("y", { depends_on: ["x"] })]).map((one) => one.task_id)).toEqual(["x", "y"]);
  });

  it("stands in the order of its groups, each with what is in it", () => {
    const within = (parent: string, id: string, more: Partial<TaskSummary> = {}) => task(`${parent}/${id}`, { parent, ...more });
    const nested = [
      task("after", { depends_on: ["loop"] }),
      within("loop/10", "b"),
      within("loop", "10", { kind: "iteration", index: 10 }),
      within("loop", "9", { kind: "iteration", index: 9 }),
      within("loop/9", "b", { depends_on: ["loop/9/a"] }),
      within("loop/9", "a"),
      task("loop", { kind: "loop" }),
      task("other", { kind: "dag", state: "SKIPPED", depends_on: ["after"] }),
    ];
    expect(inOrderOfRun(nested).map((one) => one.task_id)).toEqual(["loop", "loop/9", "loop/9/a", "loop/9/b", "loop/10", "loop/10/b", "after", "other"]);
    expect(stepsOf(inOrderOfRun(nested)).map((one) => one.task_id)).toEqual(["loop/9/a", "loop/9/b", "loop/10/b", "after", "other"]);
    expect(nested.filter(isGroup)).toHaveLength(4);
  });

  it("says what a retry runs again", () => {
    const scope = retryScope(tasks);
    expect(scope.again.map((one) => one.task_id)).toEqual(["report", "train"]);
    expect(scope.kept).toBe(1);
  });

  it("counts steps, not groups, and leaves alone what a condition did not want", () => {
    const loop = [0, 1].flatMap((round): TaskSummary[] => [
      task(`loop/${round}`, { kind: "iteration", parent: "loop", index: round, state: round === 1 ? "FAILED" : "SUCCEEDED" }),
      task(`loop/${round}/check`, { display_name: "check", parent: `loop/${round}`, state: round === 1 ? "FAILED" : "SUCCEEDED" }),
      task(`loop/${round}/if`, { display_name: "if", kind: "dag", parent: `loop/${round}`, state: "SKIPPED", depends_on: [`loop/${round}/check`] }),
    ]);
    const scope = retryScope([
      task("branches", { kind: "dag" }),
      task("branches/if", { kind: "dag", parent: "branches" }),
      task("branches/if/say", { parent: "branches/if" }),
      task("branches/else", { kind: "dag", parent: "branches", state: "SKIPPED" }),
      task("loop", { kind: "loop", state: "FAILED" }),
      ...loop,
    ]);
    expect(scope.again.map((one) => one.task_id)).toEqual(["loop/1/check"]);
    expect(scope.undecided.map((one) => one.task_id)).toEqual(["loop/1/if"]);
    expect(scope.kept).toBe(2);
  });

  it("begins again with all of what followed a failure", () => {
    const scope = retryScope([
      task("train", { state: "FAILED" }),
      task("clean-up", { kind: "dag", depends_on: ["train"] }),
      task("clean-up/delete", { parent: "clean-up" }),
      task("other", { kind: "dag" }),
      task("other/step", { parent: "other" }),
    ]);
    expect(scope.again.map((one) => one.task_id).sort()).toEqual(["clean-up/delete", "train"]);
    expect(scope.kept).toBe(1);
  });
});

describe("words", () => {
  it("name", () => {
    expect([named([]), named(["a"]), named(["a", "b"]), named(["a", "b", "c", "d"], 2)]).toEqual(["", "a", "a and b", "a, b and 2 more"]);
  });

  it("say where an error is", () => {
    const failure: Failure = { message: "m", type: "", file: "train.py", line: 12, function: "fit", source_line: "", traceback: "", remedy: "" };
    expect(placeOf(failure)).toBe("train.py:12 in fit");
    expect(placeOf({ ...failure, file: "", line: 0 })).toBe("in fit");
    expect(placeOf({ ...failure, function: "" })).toBe("train.py:12");
    expect(placeOf({ ...failure, file: `/home/somebody/${"deep/".repeat(9)}train.py` })).toBe("…/train.py:12 in fit");
  });

  it("tell commands as a shell takes them", () => {
    expect(commandText(["python3", "-c", "print('a b')", "--n=3"])).toBe("python3 -c 'print('\\''a b'\\'')' --n=3");
  });

  it("tell which steps a run was started for", () => {
    const all = { from_run: "", refresh: [], only: "", until: "" };
    expect(chosenSteps(all)).toBe("");
    expect(chosenSteps({ ...all, from_run: "r1", refresh: ["a", "b"] })).toBe("results of run r1 alone are reused; run anew: a, b");
    expect(chosenSteps({ ...all, until: "train" })).toBe("until train");
    expect(chosenSteps({ ...all, only: "train" })).toBe("only train; what it needs is reused");
  });

  it("tell events", () => {
    expect(eventInWords(event(1, "run.CREATED"))).toBe("Run created");
    expect(eventInWords(event(1, "task.MARKED"))).toBe("Marked as succeeded");
    expect(eventInWords(event(1, "attempt.STARTED", { attempt: 2 }))).toBe("Attempt 2 process started");
    expect(eventInWords(event(1, "task.UNHEARD_OF"))).toBe("task.UNHEARD_OF");
    expect(eventDetail(event(1, "attempt.ENDED", { detail: { exit_code: 1, cause: "user error", error: "no rows" } }))).toBe("user error: no rows · exit code: 1");
    expect(eventDetail(event(1, "task.RETRIED", { detail: { why: "again", retry_at: 0 } }))).toBe(`again · retry at: ${exact("1970-01-01T00:00:00Z")}`);
    expect(eventDetail(event(1, "task.PUBLISHED", { detail: { outputs: ["a"], cached_from: null } }))).toBe('outputs: ["a"]');
  });

  it("measure what goes on", () => {
    expect(lasted({ started_at: "1970-01-01T00:00:01Z", finished_at: null }, 3000)).toBe(2000);
    expect(lasted({ started_at: null, finished_at: null }, 3000)).toBeUndefined();
  });
});
