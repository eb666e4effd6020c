import { describe, expect, it } from "vitest";

import type { GitState, Suggestion } from "./messages";
import { changesText, codeRows, commitText, fileText, gitText, reasonText, requestsText, sameCommit } from "./recorded";

const state = (change: Partial<GitState> = {}): GitState => ({
  file: "pipelines/p.py",
  commit: "0123456789abcdef0123456789abcdef01234567",
  branch: "main",
  tracked: true,
  changes: 0,
  changed: [],
  remote: "",
  unknown: "",
  ...change,
});

describe("the git state of a file", () => {
  it("tells commit and branch, or why there is none", () => {
    expect(commitText(state())).toBe("0123456789ab, on main");
    expect(commitText(state({ branch: "" }))).toBe("0123456789ab, on no branch");
    expect(commitText(state({ commit: "" }))).toBe("before the first commit, on main");
    expect(commitText(state({ unknown: "there is no git on the PATH" }))).toBe("unknown: there is no git on the PATH");
  });

  it("tells what was changed, the rest as a number", () => {
    expect(changesText(state())).toBe("nothing");
    expect(changesText(state({ changes: 2, changed: ["a", "b"] }))).toBe("a, b");
    expect(changesText(state({ changes: 1_500, changed: ["a"] }))).toBe("a and 1,499 more");
    expect(changesText(state({ unknown: "no" }))).toBe("");
  });

  it("tells the file, and whether git knows it", () => {
    expect(fileText(state())).toBe("pipelines/p.py");
    expect(fileText(state({ tracked: false }))).toBe("pipelines/p.py (not tracked by git)");
    expect(fileText(state({ file: "" }))).toBe("");
  });

  it("is one line beside those of other runs", () => {
    expect(gitText(null)).toBe("not started from a file");
    expect(gitText(state({ changes: 1, changed: ["a"] }))).toBe("0123456789ab, on main, 1 change");
    expect(gitText(state({ unknown: "no", changes: 1 }))).toBe("unknown: no");
  });

  it("is the same only where it is known that nothing differs", () => {
    const clean = state();
    expect(sameCommit([clean, state({ branch: "other" })])).toBe(true);
    expect(sameCommit([clean, state({ commit: "f" })])).toBe(false);
    expect(sameCommit([state({ changes: 1 }), state({ changes: 1 })])).toBe(false);
    expect(sameCommit([clean, state({ changes: 1 })])).toBe(false);
    expect(sameCommit([state({ unknown: "no" }), state({ unknown: "no" })])).toBe(false);
    expect(sameCommit([clean, null])).toBe(false);
    expect(sameCommit([null, null])).toBe(true);
  });
});

describe("requests", () => {
  it("are told as amounts, or as nothing", () => {
    expect(requestsText({ cpu_request: 0.5, memory_request: 8 * 1024 ** 3 })).toBe("0.5 CPUs, 8.0 GiB of memory");
    expect(requestsText({ cpu_request: 1, memory_request: 0 })).toBe("1 CPU");
    expect(requestsText({ cpu_request: 0, memory_request: 0 })).toBe("nothing");
    expect(requestsText({ cpu_request: null, memory_request: null })).toBe("");
  });

  it("are suggested with the reason", () => {
    const memory: Suggestion = { component: "comp-a", task_id: "a", tasks: 1, resource: "memory", asked: 8 * 1024 ** 3, measured: 1024 ** 3, suggested: "1500M", call: "" };
    expect(reasonText(memory)).toBe("It held up to 1.0 GiB; it asks for 8.0 GiB.");
    expect(reasonText({ ...memory, tasks: 1_000, resource: "cpu", asked: 0, measured: 1.934 })).toBe("Of 1,000 steps of this component one kept 1.9 CPUs busy; it asks for none.");
  });
});

describe("the code of runs side by side", () => {
  it("differs where digests do, not where a run has none", () => {
    expect(codeRows([{ b: ["1"], a: ["1", "2"] }, { a: ["1", "2"], b: ["2"], c: ["3"] }])).toEqual([
      { component: "a", cells: [["1", "2"], ["1", "2"]], differs: false },
      { component: "b", cells: [["1"], ["2"]], differs: true },
      { component: "c", cells: [[], ["3"]], differs: false },
    ]);
  });

  it("says nothing of a run that is still being read", () => {
    expect(codeRows([{ a: ["1"] }, undefined])).toEqual([{ component: "a", cells: [["1"], []], differs: false }]);
  });
});
