// Runs side by side: what differs in their parameters, and which did best by each metric.

import type { Metrics, RunArtifact, RunDetail } from "./messages";
import { metricText, type Curve, type Matrix, matrixIn } from "./metrics";
import { text } from "./run";
import { fullName, type StepName } from "./steps";

/** How many runs can be compared at once. */
export const MOST_RUNS = 5;

// ---------------------------------------------------------------- the runs

/** Ids as an address names them: each once, at most five. */
export const runIds = (value: unknown): string[] => {
  const listed = Array.isArray(value) ? value : typeof value === "string" ? value.split(",") : [];
  const ids = listed.filter((one): one is string => typeof one === "string" && one !== "");
  return [...new Set(ids)].slice(0, MOST_RUNS);
};

/** Short names that tell runs apart: their own, and the beginning of the id where two are the same. */
export const distinctNames = (runs: readonly { run_id: string; name: string }[]): Map<string, string> => {
  const uses = new Map<string, number>();
  for (const run of runs) uses.set(run.name, (uses.get(run.name) ?? 0) + 1);
  return new Map(runs.map((run) => [run.run_id, (uses.get(run.name) ?? 0) > 1 ? `${run.name} (${run.run_id.slice(0, 8)})` : run.name]));
};

// ---------------------------------------------------------------- parameters

export interface ParameterCell {
  readonly text: string;
  /** `default`: the user did not give it. `missing`: the pipeline of this run has no such parameter. */
  readonly origin: "given" | "default" | "missing";
}

export interface ParameterRow {
  readonly name: string;
  readonly cells: readonly ParameterCell[];
  readonly differs: boolean;
}

/** All parameters of all runs, by name. */
export const parameterRows = (runs: readonly Pick<RunDetail, "parameters" | "defaults">[]): ParameterRow[] => {
  const names = [...new Set(runs.flatMap((run) => [...Object.keys(run.parameters), ...Object.keys(run.defaults)]))].sort((a, b) => a.localeCompare(b));
  return names.map((name) => {
    const cells = runs.map((run): ParameterCell => {
      if (name in run.parameters) return { text: text(run.parameters[name]), origin: "given" };
      if (name in run.defaults) return { text: text(run.defaults[name]), origin: "default" };
      return { text: "", origin: "missing" };
    });
    const values = new Set(cells.map((one) => (one.origin === "missing" ? "\u0000" : one.text)));
    return { name, cells, differs: values.size > 1 };
  });
};

// ---------------------------------------------------------------- steps

/** A run of which the metrics are compared. */
export interface Judged {
  readonly runId: string;
  readonly name: string;
  readonly metrics: Metrics | undefined;
  /** What its steps are called, by id, where that is known. */
  readonly steps?: ReadonlyMap<string, StepName>;
}

/** What a step is called, with its group; its id while that is not known. */
export const stepOf = (run: Pick<Judged, "steps">, id: string): string => {
  const step = run.steps?.get(id);
  return step === undefined ? id : fullName(step);
};

// ---------------------------------------------------------------- metrics

/** Which way is better. */
export type Direction = "higher" | "lower";

export interface MetricCell {
  readonly value: unknown;
  readonly text: string;
  /** The difference to the first run that has a number here. */
  readonly delta: number | undefined;
  readonly mark: "best" | "worst" | undefined;
}

export interface MetricRow {
  readonly id: string;
  /** The id of the step. */
  readonly task: string;
  /** Its name. */
  readonly step: string;
  readonly output: string;
  readonly key: string;
  readonly cells: readonly MetricCell[];
  readonly differs: boolean;
  readonly direction: Direction;
  /** Whether all values are numbers, so that they can be ranked. */
  readonly ranked: boolean;
}

const LOWER = /(^|[^a-z])(loss|error|err|mse|rmse|mae|mape|perplexity|latency|duration|time|seconds|cost|misses|failures|wer|cer|distance|divergence)([^a-z]|$)|_(loss|error)$/i;

/** Which way a metric of this name is probably better. */
export const guessed = (key: string): Direction => (LOWER.test(key.replace(/([a-z])([A-Z])/g, "$1_$2")) ? "lower" : "higher");

/** All numbers that any of the runs recorded; `chosen` are directions that the reader set, by id of the row. */
export const metricRows = (runs: readonly Pick<Judged, "metrics" | "steps">[], chosen: Readonly<Record<string, Direction>> = {}): MetricRow[] => {
  const found = new Map<string, Pick<MetricRow, "task" | "step" | "output" | "key"> & { values: unknown[] }>();
  runs.forEach((run, at) => {
    for (const { task_id: task, output, key, value } of run.metrics?.scalars ?? []) {
      const id = JSON.stringify([task, output, key]);
      const row = found.get(id) ?? { task, step: stepOf(run, task), output, key, values: runs.map(() => undefined) };
      row.values[at] = value;
      found.set(id, row);
    }
  });
  return [...found].map(([id, row]) => {
    const direction = chosen[id] ?? guessed(row.key);
    return { id, ...described(row.values, direction), task: row.task, step: row.step, output: row.output, key: row.key, direction };
  });
};

const described = (values: readonly unknown[], direction: Direction): Pick<MetricRow, "cells" | "differs" | "ranked"> => {
  const numbers = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const present = values.filter((value) => value !== undefined);
  const ranked = numbers.length > 0 && numbers.length === present.length;
  const [most, least] = [Math.max(...numbers), Math.min(...numbers)];
  const [best, worst] = direction === "higher" ? [most, least] : [least, most];
  const tells = ranked && numbers.length > 1 && most !== least;
  const baseline = numbers[0];
  let first = true;
  const cells = values.map((value): MetricCell => {
    const isBaseline = first && typeof value === "number";
    if (isBaseline) first = false;
    const delta = typeof value === "number" && baseline !== undefined && !isBaseline ? value - baseline : undefined;
    const mark = !tells ? undefined : value === best ? "best" : value === worst ? "worst" : undefined;
    return { value, text: value === undefined ? "" : metricText(value), delta, mark };
  });
  return { cells, ranked, differs: new Set(values.map((value) => text(value ?? null))).size > 1 || present.length < values.length };
};

/** A difference with its sign. */
export const deltaText = (delta: number): string => (delta === 0 ? "±0" : `${delta > 0 ? "+" : "−"}${metricText(Math.abs(delta))}`);

// ---------------------------------------------------------------- curves and matrices

export interface NamedMatrix {
  readonly id: string;
  readonly runId: string;
  readonly name: string;
  readonly matrix: Matrix;
}

const labelled = (run: Judged, one: { task_id: string; output: string; title: string }): string =>
  [run.name, stepOf(run, one.task_id), one.output, one.title].filter(Boolean).join(" · ");

/** All ROC curves of the runs. */
export const curvesOf = (runs: readonly Judged[]): Curve[] =>
  runs.flatMap((run) =>
    (run.metrics?.classifications ?? [])
      .filter((one) => one.roc.length > 0)
      .map((one, index) => ({ id: `${run.runId}/${one.task_id}/${one.output}/${index}`, name: labelled(run, one), points: one.roc })),
  );

/** All confusion matrices of the runs; those of one step stand together, so that they can be told side by side. */
export const matricesOf = (runs: readonly Judged[]): { place: string; matrices: NamedMatrix[] }[] => {
  const places = new Map<string, NamedMatrix[]>();
  for (const run of runs) {
    (run.metrics?.classifications ?? []).forEach((one, index) => {
      const matrix = matrixIn(one);
      if (!matrix) return;
      const place = [stepOf(run, one.task_id), one.output, one.title].filter(Boolean).join(" · ");
      places.set(place, [...(places.get(place) ?? []), { id: `${run.runId}/${index}`, runId: run.runId, name: run.name, matrix }]);
    });
  }
  return [...places].map(([place, matrices]) => ({ place, matrices }));
};

// ---------------------------------------------------------------- reports

/** The types of artifacts that steps write for people to read. */
export const REPORTS = ["system.HTML", "system.Markdown"] as const;

/** Where an artifact stands within its run: the id of the step, and the output. */
export const placeOf = (one: Pick<RunArtifact, "task_id" | "output">): string => `${one.task_id} · ${one.output}`;

/** What places are called: the step by its name. */
export const placeNames = (runs: readonly (Pick<Judged, "steps"> & { readonly reports: readonly RunArtifact[] })[]): ReadonlyMap<string, string> =>
  new Map(runs.flatMap((run) => run.reports.map((one): [string, string] => [placeOf(one), `${stepOf(run, one.task_id)} · ${one.output}`])));

/** The places of all reports: first those that most runs have, so that the first one can be compared best; else in the order of the runs. */
export const reportPlaces = (runs: readonly (readonly RunArtifact[])[]): string[] => {
  const uses = new Map<string, number>();
  for (const reports of runs) for (const place of new Set(reports.map(placeOf))) uses.set(place, (uses.get(place) ?? 0) + 1);
  return [...uses].sort(([, one], [, other]) => other - one).map(([place]) => place);
};

/** The report that is shown of a run: the one of that name, else the one that was chosen for all runs; none if it has neither. */
export const reportOf = (reports: readonly RunArtifact[], own: string | undefined, common: string | undefined): RunArtifact | undefined =>
  reports.find((one) => placeOf(one) === (own ?? common));
