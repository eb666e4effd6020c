import { describe, expect, it } from "vitest";

import { curvesOf, deltaText, distinctNames, guessed, matricesOf, metricRows, parameterRows, placeNames, reportOf, reportPlaces, runIds } from "./compare";
import type { Metrics, RunArtifact } from "./messages";

const scalars = (...values: [string, unknown][]): { metrics: Metrics } => ({
  metrics: { run_id: "r", classifications: [], scalars: values.map(([key, value]) => ({ task_id: "evaluate", output: "metrics", artifact_id: "a", key, value })) },
});
const NONE = { metrics: undefined };

describe("which runs", () => {
  it("come from the address, each once, at most five", () => {
    expect(runIds("a,b,a")).toEqual(["a", "b"]);
    expect(runIds(["a", "b", "c", "d", "e", "f"])).toEqual(["a", "b", "c", "d", "e"]);
    expect(runIds(undefined)).toEqual([]);
    expect(runIds([1, ""])).toEqual([]);
  });

  it("are told apart where names are the same", () => {
    const names = distinctNames([
      { run_id: "0123456789", name: "digits" },
      { run_id: "abcdefghij", name: "digits" },
      { run_id: "x", name: "other" },
    ]);
    expect([...names.values()]).toEqual(["digits (01234567)", "digits (abcdefgh)", "other"]);
  });
});

describe("parameters", () => {
  const rows = parameterRows([
    { parameters: { trees: 100, name: "a" }, defaults: { seed: 1 } },
    { parameters: { trees: 200, name: "a", seed: 1 }, defaults: { more: null } },
  ]);
  it("stand side by side, with what was given and what is a default", () => {
    expect(rows.map((row) => row.name)).toEqual(["more", "name", "seed", "trees"]);
    expect(rows[2]?.cells.map((one) => one.origin)).toEqual(["default", "given"]);
    expect(rows[0]?.cells[0]?.origin).toBe("missing");
  });
  it("differ by value, not by where the value comes from", () => {
    expect(rows.map((row) => row.differs)).toEqual([true, false, false, true]);
  });
});

describe("metrics", () => {
  it("mark the best and the worst run, and how far each is from the first", () => {
    const [row] = metricRows([scalars(["accuracy", 0.9]), scalars(["accuracy", 0.95]), scalars(["accuracy", 0.8])]);
    expect(row?.cells.map((one) => one.mark)).toEqual([undefined, "best", "worst"]);
    expect(row?.cells.map((one) => (one.delta === undefined ? "" : deltaText(one.delta)))).toEqual(["", "+0.05", "−0.1"]);
  });

  it("are of a step by its name and group, once that is known", () => {
    const steps = new Map([["evaluate", { name: "Judge it", within: "loop/0" }]]);
    expect(metricRows([scalars(["f1", 1])])[0]?.step).toBe("evaluate");
    const [row] = metricRows([{ ...scalars(["f1", 1]), steps }]);
    expect([row?.task, row?.step]).toEqual(["evaluate", "Judge it (loop/0)"]);
  });

  it("know that less loss is better, unless the reader says otherwise", () => {
    expect(metricRows([scalars(["val_loss", 1]), scalars(["val_loss", 2])])[0]?.cells[0]?.mark).toBe("best");
    const id = JSON.stringify(["evaluate", "metrics", "val_loss"]);
    expect(metricRows([scalars(["val_loss", 1]), scalars(["val_loss", 2])], { [id]: "higher" })[0]?.cells[1]?.mark).toBe("best");
  });

  it.each([
    ["accuracy", "higher"],
    ["loss", "lower"],
    ["meanSquaredError", "lower"],
    ["rmse", "lower"],
    ["closeness", "higher"],
    ["f1", "higher"],
    ["train_time", "lower"],
  ])("%s: %s is better", (key, direction) => {
    expect(guessed(key)).toBe(direction);
  });

  it("have no best where all are the same, only one has it, or one is no number", () => {
    expect(metricRows([scalars(["f1", 1]), scalars(["f1", 1])])[0]?.cells.some((one) => one.mark)).toBe(false);
    expect(metricRows([scalars(["f1", 1]), NONE])[0]?.cells.some((one) => one.mark)).toBe(false);
    expect(metricRows([scalars(["f1", 1]), scalars(["f1", "bad"])])[0]?.ranked).toBe(false);
  });

  it("differ where a run lacks one", () => {
    expect(metricRows([scalars(["f1", 1]), NONE])[0]?.differs).toBe(true);
    expect(metricRows([scalars(["f1", 1]), scalars(["f1", 1])])[0]?.differs).toBe(false);
  });
});

describe("reports", () => {
  const report = (task_id: string, output: string): RunArtifact => ({ task_id, output, artifact_id: `${task_id}-${output}`, name: output, type: "system.HTML", uri: "", size: 1, digest: "", metadata: {} });
  const [page, notes, other] = [report("measure", "page"), report("measure", "notes"), report("judge", "page")];

  it("are named by step and output, those first that most runs have", () => {
    expect(reportPlaces([[page], [notes, other], [notes, notes]])).toEqual(["measure · notes", "measure · page", "judge · page"]);
    expect(reportPlaces([[], []])).toEqual([]);
  });

  it("are called by the name and group of their step", () => {
    const steps = new Map([["measure", { name: "Measure", within: "loop/0" }]]);
    expect([...placeNames([{ reports: [page, other], steps }])]).toEqual([
      ["measure · page", "Measure (loop/0) · page"],
      ["judge · page", "judge · page"],
    ]);
  });

  it("are the same ones for all runs, unless another one is chosen for a run", () => {
    expect(reportOf([page, notes], undefined, "measure · notes")).toBe(notes);
    expect(reportOf([page, notes], "measure · page", "measure · notes")).toBe(page);
    expect(reportOf([page], undefined, "measure · notes")).toBeUndefined();
    expect(reportOf([], undefined, undefined)).toBeUndefined();
  });
});

describe("curves and matrices", () => {
  const one = { task_id: "evaluate", output: "curves", artifact_id: "a", title: "", roc: [{ fpr: 0, tpr: 1, threshold: 1 }], labels: ["x"], matrix: [[1]] };
  const run = (runId: string) => ({ runId, name: runId, metrics: { run_id: runId, scalars: [], classifications: [one] } });

  it("are named by run and step", () => {
    expect(curvesOf([run("a"), run("b")]).map((curve) => curve.name)).toEqual(["a · evaluate · curves", "b · evaluate · curves"]);
  });

  it("stand side by side by step", () => {
    const found = matricesOf([run("a"), run("b"), { runId: "c", name: "c", metrics: undefined }]);
    expect(found).toHaveLength(1);
    expect(found[0]?.place).toBe("evaluate · curves");
    expect(found[0]?.matrices.map((matrix) => matrix.runId)).toEqual(["a", "b"]);
  });
});
