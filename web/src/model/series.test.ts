import { describe, expect, it } from "vitest";

import { seriesFactory } from "./factories";
import { byOutput, canBeLog, factsOf, firstSeries, notesOf, notesOfAll, plotOf, powersAround, sharedMetrics, tableOf, ticksAround, tickText, troublesOf, valueText } from "./series";

const { curve, ofRun, ofTask, point } = seriesFactory;
const named = (series: ReturnType<typeof curve>, name = "", place = 0) => ({ id: name, name, place, series });

describe("what is drawn", () => {
  it("has a gap and a mark at the edge where a value is no finite number", () => {
    const plot = plotOf([named(curve([1, "NaN", 3, "Infinity", "-Infinity"]))], "linear");
    expect(plot.lines[0]!.dots.map((dot) => dot.value)).toEqual([1, null, 3, null, null]);
    expect(plot.lines[0]!.dots.map((dot) => dot.text)).toEqual(["1", "NaN", "3", "∞", "−∞"]);
    expect(plot.lines[0]!.marks).toEqual([
      { step: 1, edge: plot.y[0], kind: "NaN" },
      { step: 3, edge: plot.y[1], kind: "Infinity" },
      { step: 4, edge: plot.y[0], kind: "-Infinity" },
    ]);
    expect(plot.x).toEqual([0, 4]);
  });

  it("shows a point that stands between gaps, to which no line leads", () => {
    const [line] = plotOf([named(curve([1, 2, "NaN", 3, "NaN"]))], "linear").lines;
    expect(line!.dots.map((dot) => dot.alone)).toEqual([false, false, false, true, false]);
  });

  it("has room where there is one point, and where there is none that is finite", () => {
    expect(plotOf([named(curve([5]))], "linear")).toMatchObject({ x: [-1, 1], y: [4.4, 5.6] });
    expect(plotOf([named(curve(["NaN", "NaN"]))], "linear")).toMatchObject({ x: [0, 1], y: [0, 1] });
    expect(plotOf([], "linear").lines).toEqual([]);
  });

  it("leaves out on a logarithmic scale what is not above 0", () => {
    const plot = plotOf([named(curve([0.02, 0, -1, 30]))], "log");
    expect(plot.lines[0]!.dots.map((dot) => dot.value)).toEqual([0.02, null, null, 30]);
    expect(plot.ticks).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(canBeLog([named(curve([0, -1, "Infinity"]))])).toBe(false);
    expect(canBeLog([named(curve([0, 1]))])).toBe(true);
  });

  it("marks where the attempts of one series go on, and not those of several", () => {
    const tried = curve([1, 2, 3], { parts: [{ attempt: 1, first_step: 0, count: 2 }, { attempt: 3, first_step: 2, count: 1 }] });
    expect(plotOf([named(tried)], "linear").attempts).toEqual([{ step: 2, attempt: 3 }]);
    expect(plotOf([named(tried, "one"), named(tried, "other")], "linear").attempts).toEqual([]);
  });
});

describe("the ticks of an axis", () => {
  it.each<[[number, number], number[]]>([
    [[0.1, 0.97], [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [[-3, 12], [-5, 0, 5, 10, 15]],
    [[0, 0], [-1, -0.5, 0, 0.5, 1]],
  ])("around %j are round", (range, ticks) => {
    expect(ticksAround(range)).toEqual(ticks);
  });

  it.each<[number, number]>([[-1.7e308, 1.7e308], [5e-324, 1e-323], [1e15, 1e15 + 1], [9007199254740991, 9007199254740992]])("around %d and %d are finite, in order, and enclose them", (least, largest) => {
    const ticks = ticksAround([least, largest]);
    expect(ticks.every(Number.isFinite)).toBe(true);
    expect([...ticks].sort((a, b) => a - b)).toEqual(ticks);
    expect(ticks[0]).toBeLessThanOrEqual(least);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(largest);
  });

  it("are few powers of ten on a logarithmic scale", () => {
    expect(powersAround([1, 1])).toEqual([1, 10]);
    expect(powersAround([2e-9, 3e9])).toEqual([1e-9, 1e-5, 1e-1, 1e3, 1e7, 1e11]);
    expect(powersAround([5e-324, 1.7e308])).toEqual([5e-324, 1.7e308]);
  });

  it("take little room", () => {
    expect([0, 0.25, 1500, 12_000, 2_500_000, 0.0001, 1e12, 1e300].map(tickText)).toEqual(["0", "0.25", "1,500", "12K", "2.5M", "1e-4", "1T", "1e300"]);
  });
});

describe("what is said beside", () => {
  it("is the last, the least, the largest value, and how many there are", () => {
    expect(factsOf(curve([3, 0.5, 1]))).toEqual([["Last", "1 at step 2"], ["Min", "0.5"], ["Max", "3"], ["Points", "3"]]);
    expect(factsOf(curve(["NaN"]))).toEqual([["Last", "NaN at step 0"], ["Points", "1"]]);
    expect(valueText("-Infinity")).toBe("−∞");
  });

  it("counts values that are not drawn, and names the attempts", () => {
    const series = curve([1, "NaN", 0], { count: 5000, parts: [{ attempt: 1, first_step: 0, count: 1 }, { attempt: 2, first_step: 1, count: 2 }] });
    expect(notesOf(series, "linear")).toEqual([
      "1 value is NaN or infinite: gaps, with a mark at the edge (× NaN, ▲ ∞, ▼ −∞).",
      "Attempt 2 goes on at step 1.",
      "3 points of 5,000 are drawn; spikes among the others are not lost.",
    ]);
    expect(notesOf(series, "log")).toContain("1 point not above 0 has no place on this scale.");
    expect(notesOf(curve([1, 2]), "log")).toEqual([]);
  });

  it("is said once of all that it holds for", () => {
    const odd = curve([1, 0]);
    expect(notesOfAll([named(odd, "slow"), named(odd, "fast"), named(curve([1]), "plain")], "log")).toEqual(["slow, fast: 1 point not above 0 has no place on this scale."]);
    expect(notesOfAll([named(odd)], "log")).toEqual(["1 point not above 0 has no place on this scale."]);
  });

  it("tells what keeps series from being whole, and whose they are", () => {
    const attempt = { number: 2, next_offset: 0, complete: true, cut: true, damaged: 3, error: "Permission denied" };
    const from = { run_id: "run-0", run_name: "first", task_id: "train", attempt: 1, at: null };
    expect(troublesOf(ofTask([], { attempts: [attempt], cached_from: from }))).toEqual([
      "The result was reused: train of the run first logged these points.",
      "The points of attempt 2 could not be read: Permission denied.",
      "Attempt 2 logged more points than are kept: the last ones are missing.",
      "3 lines of what attempt 2 logged are no points.",
    ]);
    expect(troublesOf(ofTask([], { cached_from: { ...from, run_name: "" } }))).toEqual(["The result was reused, and the run that logged these points was deleted."]);
    expect(troublesOf(ofTask([]))).toEqual([]);
  });

  it("is also a table: a row for each step, a column for each series", () => {
    const other = curve([], { points: [point(1, "NaN"), point(10, 4)] });
    expect(tableOf([named(curve([1, 2]), "one"), named(other, "other")])).toEqual([["0", "1", ""], ["1", "2", "NaN"], ["10", "", "4"]]);
  });
});

describe("many series", () => {
  it("stand by the output that they were logged in", () => {
    const series = [curve([1]), curve([1], { output: "more" }), curve([1], { metric: "rate" })];
    expect(byOutput(series).map((one) => [one.output, one.series.map((each) => each.metric)])).toEqual([["metrics", ["loss", "rate"]], ["more", ["loss"]]]);
  });

  it("are not all drawn at once", () => {
    const tasks = ["a", "b", "c"].map((task_id) => ofTask([curve([1]), curve([2])], { task_id }));
    expect(firstSeries(tasks, 3).map((task) => [task.task_id, task.series.length])).toEqual([["a", 2], ["b", 1]]);
    expect(firstSeries([ofTask([])], 3)).toHaveLength(1);
  });
});

describe("runs beside each other", () => {
  const run = (runId: string, metrics: string[]) => ({ runId, name: `run ${runId}`, steps: undefined, series: ofRun([ofTask(metrics.map((metric) => curve([1, 2], { metric })))]) });

  it("share a chart of each metric that two of them have, each with the colour of its column", () => {
    const { shared, alone } = sharedMetrics([run("a", ["loss"]), run("b", ["rate"]), run("c", ["loss", "odd"]), run("d", ["rate"])]);
    expect(shared.map(({ title, lines }) => [title, lines.map((line) => [line.name, line.place])])).toEqual([
      ["train · metrics · loss", [["run a", 0], ["run c", 2]]],
      ["train · metrics · rate", [["run b", 1], ["run d", 3]]],
    ]);
    expect(alone).toEqual(["train · metrics · odd"]);
  });

  it("show all that there is of one run alone, and nothing of runs that are not read yet", () => {
    expect(sharedMetrics([run("a", ["loss"])]).shared).toHaveLength(1);
    expect(sharedMetrics([{ runId: "a", name: "a", steps: undefined, series: undefined }])).toEqual({ shared: [], alone: [] });
  });
});
