// Tables, actions on runs, times and problems: small things that many pages use.

import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { ACTIONS, actionsOf, outcome } from "./actions";
import { ago, count, duration, fine, fromLocal, size, soFar, spanOf, toLocal } from "./durations";
import { runFactory as make } from "./factories";
import { excerpt, nameIn, refusal } from "./packages";
import { problemsAt, problemsOfText, takenBy, troubleFrom, TroubleError, troubleOf } from "./problems";
import { RUN_COLUMNS, runRow } from "./runs";
import { countsInWords, LOOKS, RUN_STATES, shownState, TASK_STATES } from "./states";
import { allToggled, present, toggled } from "./tables";

describe("states", () => {
  it("all have a look", () => {
    for (const state of [...RUN_STATES, ...TASK_STATES]) expect(LOOKS[state].label).not.toBe("");
  });
  it("are counted in words", () => expect(countsInWords({ FAILED: 1, SUCCEEDED: 3 })).toBe("3 succeeded, 1 failed"));
  it("say that a result was reused", () => expect(shownState({ state: "SUCCEEDED", cached: true })).toBe("CACHED"));
});

describe("durations", () => {
  const examples = JSON.parse(readFileSync("../tests/fixtures/durations.json", "utf8")) as [number, string][];
  it.each(examples)("%d s is %s, as on the command line", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
    expect(fine(seconds * 1000)).toBe(text);
  });

  it.each([
    [-1, "0 s"],
    [3.9, "3 s"],
    [60, "1 min"],
  ])("%d s so far is %s", (seconds, text) => expect(soFar(seconds)).toBe(text));

  it("count until now while something runs", () => {
    expect(spanOf("2026-01-02T10:00:00Z", null, Date.parse("2026-01-02T10:00:09Z"))).toBe(9);
    expect(spanOf("2026-01-02T10:00:00Z", "2026-01-02T10:01:00Z", 0)).toBe(60);
    expect(spanOf(null, null, 0)).toBeNull();
  });

  it.each([
    [2, "now"],
    [40, "40 s ago"],
    [200, "3 min ago"],
    [10_000, "2 h ago"],
    [200_000, "2 d ago"],
    [9_000_000, "2025-09-20"],
  ])("%d s before now is %s", (seconds, text) => {
    const now = Date.parse("2026-01-02T12:00:00Z");
    expect(ago(new Date(now - seconds * 1000).toISOString(), now)).toBe(text);
  });

  it("go into fields and back", () => {
    const moment = "2026-01-02T10:00:00.000Z";
    expect(fromLocal(toLocal(moment))).toBe(moment);
    expect([toLocal(undefined), fromLocal("")]).toEqual(["", undefined]);
  });

  it.each([
    [0, "0 B"],
    [1_023, "1023 B"],
    [1_536, "1.5 KiB"],
    [1_073_741_824, "1.0 GiB"],
  ])("%d bytes are %s", (bytes, text) => expect(size(bytes)).toBe(text));

  it("count things", () => expect([count(1, "run"), count(2, "run"), count(1_200, "reply", "replies")]).toEqual(["1 run", "2 runs", "1,200 replies"]));
});

describe("tables", () => {
  const ids = ["a", "b", "c", "d"];
  it("select one, and a range from the last one", () => {
    const one = toggled(new Set(), ids, { id: "b", last: null, range: false });
    expect([...one]).toEqual(["b"]);
    expect([...toggled(one, ids, { id: "d", last: "b", range: true })]).toEqual(["b", "c", "d"]);
    expect([...toggled(new Set(ids), ids, { id: "a", last: "c", range: true })]).toEqual(["d"]);
  });
  it("select all or none", () => {
    expect(allToggled(new Set(["a"]), ids).size).toBe(4);
    expect(allToggled(new Set(ids), ids).size).toBe(0);
    expect([...present(new Set(["a", "gone"]), ids)]).toEqual(["a"]);
  });
  it("have rows as long as their heading", () => expect(runRow(make.failed())).toHaveLength(RUN_COLUMNS.length));
});

describe("actions on runs", () => {
  it.each([
    ["terminate", make.running(), true],
    ["terminate", make.succeeded(), false],
    ["retry", make.failed(), true],
    ["retry", make.running(), false],
    ["delete", make.running(), false],
    ["delete", make.archived(), true],
    ["archive", make.archived(), false],
    ["unarchive", make.archived(), true],
  ] as const)("%s fits or not", (action, run, fits) => expect(ACTIONS[action].fits(run)).toBe(fits));

  it("are those of the list", () => expect(actionsOf(true)).toEqual(["unarchive", "delete"]));

  it("tell what was done and what was not", () => {
    const results = [
      { run_id: "a", error: "", code: "" },
      { run_id: "b", error: "it is over", code: "run_is_over" },
    ];
    expect(outcome("terminate", results)).toEqual({ done: "1 run asked to end", failures: [results[1]] });
  });
});

describe("problems", () => {
  it("come from our own API whole", () => {
    const body = JSON.stringify({ code: "bad_input", message: "m", problems: [{ message: "m", place: "body.name", remedy: "r" }] });
    expect(troubleOf(400, body)).toEqual({ status: 400, code: "bad_input", problems: [{ message: "m", place: "body.name", remedy: "r" }] });
  });

  it("come from KFP's API as one text", () => {
    const message = 'parameter nope: there is no such parameter: nope\n  There is rows.\nparameter rows: must be an integer, not "x"\n  For example 3';
    expect(troubleOf(400, JSON.stringify({ code: 3, message })).problems).toEqual([
      { place: "parameter nope", message: "there is no such parameter: nope", remedy: "There is rows." },
      { place: "parameter rows", message: 'must be an integer, not "x"', remedy: "For example 3" },
    ]);
  });

  it.each([
    ["display_name: a run needs a name", "display_name", "a run needs a name"],
    ["pipeline.yaml:12: this is not YAML", "pipeline.yaml:12", "this is not YAML"],
    ["query.page_size: too large", "query.page_size", "too large"],
    ["the run is over: nothing can be done", "", "the run is over: nothing can be done"],
  ])("%s has its place", (text, place, message) => expect(problemsOfText(text)).toEqual([{ place, message, remedy: "" }]));

  it("of uploads, proxies and plain servers are shown too", () => {
    expect(troubleOf(400, '{"error_message":"a: b","error_details":""}').problems[0]?.message).toBe("b");
    expect(troubleOf(502, "<html><h1>Bad gateway</h1></html>").problems[0]?.message).toBe("The server answered with status 502.");
    expect(troubleOf(400, "no such host\n").problems[0]?.message).toBe("no such host");
  });

  it("stand at their input", () => {
    const problems = [
      { place: "parameter rows", message: "a", remedy: "" },
      { place: "runtime_config.parameters.rows", message: "b", remedy: "" },
      { place: "parameter rows_2", message: "c", remedy: "" },
    ];
    expect(problemsAt(problems, "rows").map((one) => one.message)).toEqual(["a", "b"]);
  });

  it.each([
    ["a pipeline named x exists already exists already", { kind: "pipeline", name: "x exists already" }],
    ["a version of this pipeline named v 1 exists already", { kind: "version", name: "v 1" }],
    ["an experiment named x exists already", null],
  ])("tell whose name is taken: %s", (message, taken) => {
    expect(takenBy({ status: 409, code: "name_taken", problems: [{ message, place: "", remedy: "" }] })).toEqual(taken);
    expect(takenBy({ status: 400, code: "bad_input", problems: [{ message, place: "", remedy: "" }] })).toBeNull();
  });

  it("of the page itself are told apart", () => {
    expect(troubleFrom(new TypeError("x is undefined")).code).toBe("page");
    expect(troubleFrom(new TroubleError(troubleOf(404, ""))).status).toBe(404);
  });
});

describe("files of pipelines", () => {
  it.each([
    ["pipelineInfo:\n  name: digits\nroot: {}", "digits"],
    ["root: {}\npipelineInfo:\n  description: of digits\n  displayName: Digits, read\n  name: digits\n", "Digits, read"],
    ['{"pipelineInfo": {"name": "from-json"}, "root": {}}', "from-json"],
    ["pipelineInfo:\n  name: 'quoted'\n", "quoted"],
    ["pipelineInfo:\n  description: |-\n    One.\n\n    Two.\n  name: after-a-blank-line\nroot:\n  name: b\n", "after-a-blank-line"],
    ["a: 1", ""],
  ])("know their name", (text, name) => expect(nameIn(text)).toBe(name));

  it("are refused by name and size", () => {
    expect(refusal({ name: "a.YAML", size: 3 })).toBe("");
    expect(refusal({ name: "a.txt", size: 3 })).toContain("is no pipeline");
    expect(refusal({ name: "a.py", size: 3 })).toContain("`bakehouse compile a.py`");
    expect(refusal({ name: "a.zip", size: 40 * 1024 * 1024 })).toContain("32 MiB");
    expect(refusal({ name: "a.zip", size: 0 })).toContain("empty");
  });

  it("show the lines of a problem", () => {
    const found = excerpt("1\n2\n3\n4\n5\n6", { place: "a.yaml:4", message: "", remedy: "" }, 1);
    expect(found.map((line) => [line.number, line.text, line.wrong])).toEqual([
      [3, "3", false],
      [4, "4", true],
      [5, "5", false],
    ]);
    expect(excerpt("1", { place: "root.dag", message: "", remedy: "" })).toEqual([]);
    expect(excerpt("1\n2", { place: "a.yaml:2 (root.dag)", message: "", remedy: "" }, 0)).toEqual([{ number: 2, text: "2", wrong: true }]);
  });
});
