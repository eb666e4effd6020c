import { describe, expect, it } from "vitest";

import { runFactory } from "./factories";
import { choosable, EVERYTHING, excluded, isEverything, queryOfSelection, selectionLike, type Selection } from "./selection";

const chosen = (change: Partial<Selection>): Selection => ({ ...EVERYTHING, ...change });

describe("what excludes what", () => {
  it("is nothing where nothing is chosen", () => {
    expect(Object.values(excluded(EVERYTHING, true)).join("")).toBe("");
    expect(isEverything(EVERYTHING)).toBe(true);
    expect(queryOfSelection(EVERYTHING, true)).toEqual({});
  });

  it("is only and until", () => {
    expect(excluded(chosen({ only: "train" }), true).until).toContain("Only");
    expect(excluded(chosen({ until: "train" }), true).only).toContain("Until");
  });

  it("is what the cache gives, without it: that is not said to the server, and stands in no way", () => {
    const selection = chosen({ from_run: "r1", only: "train", refresh: ["load"] });
    expect(excluded(selection, false)).toMatchObject({ until: "", refresh: "" });
    expect(queryOfSelection(selection, false)).toEqual({ refresh: ["load"] });
    expect(queryOfSelection(selection, true)).toEqual({ from: "r1", only: "train", refresh: ["load"] });
  });
});

describe("a run like another", () => {
  const run = runFactory.detail({ selection: chosen({ until: "train" }) });
  it("runs what that one ran", () => expect(selectionLike(run, undefined)).toEqual(run.selection));
  it("or goes on from a step, with its results", () => expect(selectionLike(run, "loop/3/train")).toEqual(chosen({ from_run: run.run_id, refresh: ["loop/3/train"] })));
});

it("offers what is chosen beside the steps of the pipeline", () => expect(choosable(["a", "b"], ["b", "loop/3/a", ""])).toEqual(["a", "b", "loop/3/a"]));
