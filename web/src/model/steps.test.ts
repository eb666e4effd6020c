import { describe, expect, it } from "vitest";

import { taskFactory } from "./factories";
import type { TaskSummary } from "./messages";
import { inOrderOfRun } from "./run";
import { byStart, found, MANY_ROUNDS, namesOf, placeOf, rowsOf, titleOf } from "./steps";

const task = (task_id: string, change: Partial<TaskSummary> = {}): TaskSummary =>
  taskFactory.succeeded({ task_id, display_name: task_id.split("/").at(-1), parent: task_id.split("/").slice(0, -1).join("/"), ...change });
const loopOf = (rounds: number): TaskSummary[] => [
  task("load"),
  task("loop", { kind: "loop", depends_on: ["load"] }),
  ...Array.from({ length: rounds }, (_, index) => [
    task(`loop/${index}`, { kind: "iteration", index }),
    task(`loop/${index}/train`, index === 1 ? { state: "FAILED", error: "no rows" } : {}),
    task(`loop/${index}/if`, { kind: "dag", state: "SKIPPED", depends_on: [`loop/${index}/train`] }),
  ]).flat(),
];
const brief = (tasks: readonly TaskSummary[], folding: Parameters<typeof rowsOf>[1]) => rowsOf(inOrderOfRun(tasks), folding).map((row) => `${"  ".repeat(row.depth)}${titleOf(row.task)}`);

describe("nested rows", () => {
  it("stand below their groups", () => {
    expect(brief(loopOf(2), {})).toEqual(["load", "loop", "  Iteration 0", "    train", "    if", "  Iteration 1", "    train", "    if"]);
    expect(rowsOf(inOrderOfRun(loopOf(2)), {}).map((row) => row.holds)).toEqual(["", "Loop, 2 iterations, 2 steps", "1 step", "", "Group", "1 step", "", "Group"]);
  });

  it("are folded where the reader says so", () => {
    expect(brief(loopOf(2), { "loop/0": false })).toEqual(["load", "loop", "  Iteration 0", "  Iteration 1", "    train", "    if"]);
    expect(brief(loopOf(2), { loop: false })).toEqual(["load", "loop"]);
  });

  it("begin folded in a loop of many rounds", () => {
    const many = loopOf(MANY_ROUNDS + 1);
    expect(brief(many, {})).toEqual(["load", "loop"]);
    expect(brief(many, { loop: true, "loop/3": true })).toHaveLength(2 + MANY_ROUNDS + 1 + 2);
    expect(brief(many, null)).toHaveLength(many.length);
  });

  it("keep a task whose group is not known (yet)", () => {
    expect(brief([task("gone/a")], {})).toEqual(["a"]);
  });

  it("stand by their start", () => {
    const began: Record<string, number> = { loop: 1, "loop/0": 5, "loop/1": 3, load: 2 };
    expect(byStart(loopOf(2), (one) => began[one.task_id] ?? Infinity).map((one) => one.task_id).slice(0, 3)).toEqual(["loop", "loop/1", "loop/1/train"]);
  });
});

describe("a filter", () => {
  it("keeps the groups of what it lets through", () => {
    const { steps, nested, onePlace } = found(loopOf(2), { states: ["FAILED"], text: "" });
    expect(steps.map((one) => one.task_id)).toEqual(["loop/1/train"]);
    expect(nested.map((one) => one.task_id)).toEqual(["loop", "loop/1", "loop/1/train"]);
    expect(onePlace).toBe(false);
  });

  it("finds what ran at one place of the pipeline, in all rounds", () => {
    const tasks = [...loopOf(2), task("loop/0/train-2"), task("loop/1/train-2")];
    const { steps, onePlace } = found(tasks, { states: [], text: "loop/train" });
    expect(steps.map((one) => one.task_id)).toEqual(["loop/0/train", "loop/1/train"]);
    expect(onePlace).toBe(true);
  });
});

describe("names", () => {
  it("leave the rounds out of a place", () => {
    expect([placeOf("a/12/b/3"), placeOf("a/b"), placeOf("a2/3b")]).toEqual(["a/b", "a/b", "a2/3b"]);
  });

  it("say within which group", () => {
    expect(namesOf(loopOf(1)).get("loop/0/train")).toEqual({ name: "train", within: "loop/0" });
  });
});
