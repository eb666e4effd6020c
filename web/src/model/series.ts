// Metrics that were logged with a step: what is drawn of them, what is said of them beside, and how runs are put on one chart.

import { type Judged, stepOf } from "./compare";
import { count } from "./durations";
import type { CachedFrom, RunSeries, Series, SeriesPoint, TaskSeries } from "./messages";
import { numberText } from "./metrics";

/** How values are laid out from bottom to top. */
export type Scale = "linear" | "log";

/** A series under the name and the place (its colour and dashes) that it has in a chart. */
export interface NamedSeries {
  readonly id: string;
  readonly name: string;
  readonly place: number;
  readonly series: Series;
}

// ---------------------------------------------------------------- drawn

/** A point of a line; `null` where the line has a gap: NaN, infinities, and on a logarithmic scale what is not above 0. */
export interface Dot {
  readonly step: number;
  readonly value: number | null;
  readonly text: string;
  /** Whether it stands between gaps, so that no line leads to it. */
  readonly alone: boolean;
}

/** A sign at the edge of the plot for a value that has no place in it. */
export interface Mark {
  readonly step: number;
  readonly edge: number;
  readonly kind: "NaN" | "Infinity" | "-Infinity";
}

export interface PlottedLine {
  readonly id: string;
  readonly name: string;
  readonly place: number;
  readonly dots: readonly Dot[];
  readonly marks: readonly Mark[];
}

/** A chart ready to be drawn: `x` and `y` say from where to where, `ticks` are values of `y`. */
export interface Plot {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly ticks: readonly number[];
  readonly lines: readonly PlottedLine[];
  /** The first steps of attempts that go on where another one ended. */
  readonly attempts: readonly { readonly step: number; readonly attempt: number }[];
}

/** What is drawn of some series on one chart. The attempts are marked if there is one series: those of several would not be told apart. */
export const plotOf = (named: readonly NamedSeries[], scale: Scale): Plot => {
  const steps = named.flatMap(({ series }) => series.points.map((point) => point.step));
  const fits = (value: SeriesPoint["value"]): value is number => typeof value === "number" && (scale === "linear" || value > 0);
  const values = named.flatMap(({ series }) => series.points.map((point) => point.value).filter(fits));
  const ticks = values.length === 0 ? [0, 1] : scale === "log" ? powersAround(extent(values)) : ticksAround(extent(values));
  const y: [number, number] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const edges = { NaN: y[0], Infinity: y[1], "-Infinity": y[0] };
  return {
    x: steps.length === 0 ? [0, 1] : apart(extent(steps)),
    y,
    ticks,
    lines: named.map(({ series, ...line }) => ({
      ...line,
      dots: dotsOf(series.points, fits),
      marks: series.points.flatMap(({ step, value }): Mark[] => (typeof value === "number" ? [] : [{ step, edge: edges[value], kind: value }])),
    })),
    attempts: named.length === 1 ? (named[0]?.series.parts.slice(1).map((part) => ({ step: part.first_step, attempt: part.attempt })) ?? []) : [],
  };
};

const dotsOf = (points: readonly SeriesPoint[], fits: (value: SeriesPoint["value"]) => value is number): Dot[] => {
  const isGap = (at: number): boolean => {
    const point = points[at];
    return point === undefined || !fits(point.value);
  };
  return points.map(({ step, value }, at) => ({ step, value: fits(value) ? value : null, text: valueText(value), alone: !isGap(at) && isGap(at - 1) && isGap(at + 1) }));
};

/** The least and the largest of numbers, however many. */
const extent = (numbers: readonly number[]): [number, number] =>
  numbers.reduce<[number, number]>(([least, largest], one) => [Math.min(least, one), Math.max(largest, one)], [Infinity, -Infinity]);

const apart = ([least, largest]: [number, number]): [number, number] => (least === largest ? [least - 1, largest + 1] : [least, largest]);

const TICKS = 5;

/** Round numbers in equal steps, of which the first and the last enclose a range. */
export const ticksAround = ([least, largest]: [number, number]): number[] => {
  const pad = least === largest ? Math.abs(least) / 10 || 1 : 0;
  const [from, to] = [least - pad, largest + pad];
  // Halved before they are subtracted: the whole range of floating point numbers is more than one of them holds.
  const rough = (to / 2 - from / 2) / (TICKS / 2);
  const power = 10 ** Math.floor(Math.log10(rough));
  const distance = power * ([1, 2, 5].find((one) => one * power >= rough) ?? 10);
  const [first, last] = [Math.floor(from / distance), Math.ceil(to / distance)];
  const found = Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * distance).toPrecision(12)));
  return found.every(Number.isFinite) && new Set(found).size > 1 ? found : [from, to];
};

/** Powers of ten that enclose a range of numbers above 0; not more than a few of them. */
export const powersAround = ([least, largest]: [number, number]): number[] => {
  const low = Math.floor(Math.log10(least));
  const high = Math.max(low + 1, Math.ceil(Math.log10(largest)));
  const every = Math.ceil((high - low) / TICKS);
  const found = Array.from({ length: Math.ceil((high - low) / every) + 1 }, (_, at) => Number(`1e${low + at * every}`));
  return found.every((one) => one > 0 && Number.isFinite(one)) ? found : [least, largest];
};

/** Whether a logarithmic scale has something to show. */
export const canBeLog = (named: readonly NamedSeries[]): boolean => named.some(({ series }) => series.points.some(({ value }) => typeof value === "number" && value > 0));

// ---------------------------------------------------------------- in words

/** A value of a series as people read it. */
export const valueText = (value: SeriesPoint["value"]): string => (typeof value === "number" ? numberText(value) : { NaN: "NaN", Infinity: "∞", "-Infinity": "−∞" }[value]);

/** A number beside an axis, where there is little room. */
export const tickText = (value: number): string => {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e15)) return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
  return value.toLocaleString("en", { notation: size >= 1e4 ? "compact" : "standard", maximumSignificantDigits: 5 });
};

/** The numbers that stand beside a chart. */
export const factsOf = ({ last, min, max, count: all }: Series): [name: string, text: string][] => [
  ["Last", `${valueText(last.value)} at step ${last.step.toLocaleString("en")}`],
  ...(min === null || max === null ? [] : ([["Min", numberText(min)], ["Max", numberText(max)]] as [string, string][])),
  ["Points", all.toLocaleString("en")],
];

/** What is to be known of how a series is drawn, in sentences. */
export const notesOf = (series: Series, scale: Scale): string[] => {
  const { points, parts, count: all, not_finite: odd } = series;
  const low = scale === "log" ? points.filter(({ value }) => typeof value === "number" && value <= 0).length : 0;
  return [
    ...(odd > 0 ? [`${count(odd, "value")} ${odd === 1 ? "is" : "are"} NaN or infinite: gaps, with a mark at the edge (× NaN, ▲ ∞, ▼ −∞).`] : []),
    ...(low > 0 ? [`${count(low, "point")} not above 0 ${low === 1 ? "has" : "have"} no place on this scale.`] : []),
    ...parts.slice(1).map((part) => `Attempt ${part.attempt} goes on at step ${part.first_step.toLocaleString("en")}.`),
    ...(points.length < all ? [`${count(points.length, "point")} of ${all.toLocaleString("en")} are drawn; spikes among the others are not lost.`] : []),
  ];
};

/** The same of all series of a chart; what holds for several is said once, with their names. */
export const notesOfAll = (named: readonly NamedSeries[], scale: Scale): string[] => {
  const notes = new Map<string, string[]>();
  for (const { name, series } of named) for (const note of notesOf(series, scale)) notes.set(note, [...(notes.get(note) ?? []), ...(name === "" ? [] : [name])]);
  return [...notes].map(([note, names]) => (names.length === 0 ? note : `${names.join(", ")}: ${note}`));
};

/** What keeps the series of a step from being whole, and whose they are, in sentences. */
export const troublesOf = ({ attempts, cached_from: from }: Pick<TaskSeries, "attempts" | "cached_from">): string[] => [
  ...(from === null ? [] : [originText(from)]),
  ...attempts.flatMap(({ number, damaged, cut, error }) => [
    ...(error === "" ? [] : [`The points of attempt ${number} could not be read: ${error}.`]),
    ...(cut ? [`Attempt ${number} logged more points than are kept: the last ones are missing.`] : []),
    ...(damaged > 0 ? [`${count(damaged, "line")} of what attempt ${number} logged ${damaged === 1 ? "is no point" : "are no points"}.`] : []),
  ]),
];

const originText = (from: CachedFrom): string =>
  from.run_name === "" ? "The result was reused, and the run that logged these points was deleted." : `The result was reused: ${from.task_id} of the run ${from.run_name} logged these points.`;

/** What is said where an answer could not hold all. */
export const TRUNCATED = "There are more series, or older points, than are shown here. `bakehouse runs metrics` tells all of them.";

/** The points of a chart as rows of texts: the step, then the value of each series, empty where it has none. */
export const tableOf = (named: readonly NamedSeries[]): string[][] => {
  const rows = new Map<number, string[]>();
  named.forEach(({ series }, at) => {
    for (const { step, value } of series.points) {
      const row = rows.get(step) ?? [String(step), ...named.map(() => "")];
      row[at + 1] = String(value);
      rows.set(step, row);
    }
  });
  return [...rows].sort(([one], [other]) => one - other).map(([, row]) => row);
};

// ---------------------------------------------------------------- by output, and runs beside each other

/** Charts that are drawn before they are asked for: a page with hundreds of them would stand still. */
export const CHARTS_AT_ONCE = 24;

/** Steps with `most` series at most, all in all. */
export const firstSeries = (tasks: readonly TaskSeries[], most: number): TaskSeries[] => {
  let left = most;
  return tasks.flatMap((task) => {
    const series = task.series.slice(0, left);
    left -= series.length;
    return series.length === 0 && task.series.length > 0 ? [] : [{ ...task, series }];
  });
};

/** The series of a step by their output artifacts, in the order in which they were logged first. */
export const byOutput = (series: readonly Series[]): { output: string; series: Series[] }[] => {
  const outputs = new Map<string, Series[]>();
  for (const one of series) outputs.set(one.output, [...(outputs.get(one.output) ?? []), one]);
  return [...outputs].map(([output, found]) => ({ output, series: found }));
};

/** A metric of a step that several runs have. */
export interface SharedMetric {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly NamedSeries[];
}

/** A run of which the series are compared. */
export type Followed = Pick<Judged, "runId" | "name" | "steps"> & { readonly series: RunSeries | undefined };

/**
 * The metrics that at least two of the runs have logged with a step, a line for each run, whose place is that of its column;
 * `alone`: the titles of those that only one has. Of one run alone all are shown.
 */
export const sharedMetrics = (runs: readonly Followed[]): { shared: SharedMetric[]; alone: string[] } => {
  const found = new Map<string, { title: string; lines: NamedSeries[] }>();
  runs.forEach((run, place) => {
    for (const task of run.series?.tasks ?? []) {
      for (const series of task.series) {
        const id = JSON.stringify([task.task_id, series.output, series.metric]);
        const metric = found.get(id) ?? { title: [stepOf(run, task.task_id), series.output, series.metric].join(" · "), lines: [] };
        metric.lines.push({ id: run.runId, name: run.name, place, series });
        found.set(id, metric);
      }
    }
  });
  const fewest = Math.min(2, runs.length);
  const all = [...found].map(([id, metric]) => ({ id, ...metric }));
  return { shared: all.filter(({ lines }) => lines.length >= fewest), alone: all.filter(({ lines }) => lines.length < fewest).map(({ title }) => title) };
};
