// Metrics that steps have recorded: numbers, ROC curves, confusion matrices; of a run, or out of the metadata of an artifact.

import type { components } from "../api/schema.gen";
import type { Classification } from "./messages";

export type Scalar = components["schemas"]["Scalar"];
export type RocPoint = components["schemas"]["RocPoint"];

/** A ROC curve with a name. */
export interface Curve {
  readonly id: string;
  readonly name: string;
  readonly points: readonly RocPoint[];
}

export interface Matrix {
  readonly labels: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

/** What an artifact of metrics holds, by the slice of the data if it has several. */
export interface Judgement {
  readonly title: string;
  readonly roc: readonly RocPoint[];
  readonly matrix: Matrix | undefined;
}

// ---------------------------------------------------------------- out of metadata

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : isFields(value) && Array.isArray(value.list) ? value.list : []);
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

/** Curves and matrices in the metadata of a `system.ClassificationMetrics` or `system.SlicedClassificationMetrics`. */
export const judgementsOf = (metadata: Fields): Judgement[] => {
  const slices = listIn(metadata.evaluationSlices)
    .filter(isFields)
    .map((one) => judgement(typeof one.slice === "string" ? one.slice : "", isFields(one.sliceClassificationMetrics) ? one.sliceClassificationMetrics : {}));
  return [judgement("", metadata), ...slices].filter((one) => one.roc.length > 0 || one.matrix !== undefined);
};

const judgement = (title: string, fields: Fields): Judgement => ({
  title,
  roc: listIn(fields.confidenceMetrics)
    .filter(isFields)
    .flatMap((point) => {
      const { confidenceThreshold: threshold, falsePositiveRate: fpr, recall: tpr } = point;
      return isNumber(fpr) && isNumber(tpr) ? [{ fpr, tpr, threshold: isNumber(threshold) ? threshold : null }] : [];
    }),
  matrix: matrixOf(isFields(fields.confusionMatrix) && isFields(fields.confusionMatrix.struct) ? fields.confusionMatrix.struct : fields.confusionMatrix),
});

const matrixOf = (value: unknown): Matrix | undefined => {
  if (!isFields(value)) return undefined;
  const labels = listIn(value.annotationSpecs).map((one) => (isFields(one) && typeof one.displayName === "string" ? one.displayName : ""));
  const rows = listIn(value.rows).map((one) => listIn(isFields(one) ? one.row : one).map((cell) => (isNumber(cell) ? cell : 0)));
  return labels.length > 0 && rows.length > 0 ? { labels, rows } : undefined;
};

/** The confusion matrix of a classification, if it has one. */
export const matrixIn = (one: Classification): Matrix | undefined => (one.labels.length > 0 && one.matrix.length > 0 ? { labels: one.labels, rows: one.matrix } : undefined);

const KEPT_APART: ReadonlySet<string> = new Set(["confidenceMetrics", "confusionMatrix", "evaluationSlices"]);

/** The plain values in the metadata of an artifact, in order of name. */
export const plainMetadata = (metadata: Fields): [string, unknown][] =>
  Object.entries(metadata)
    .filter(([name]) => !KEPT_APART.has(name))
    .sort(([a], [b]) => a.localeCompare(b, undefined, { numeric: true }));

/** Whether an artifact of this type is looked at by its metrics rather than its content. */
export const isMetrics = (type: string): boolean => /^(system|google)\.(Metrics|ClassificationMetrics|SlicedClassificationMetrics)$/.test(type);

// ---------------------------------------------------------------- curves

/** Points from left to right, ready to be drawn; those without a place are left out. */
export const drawn = (points: readonly RocPoint[]): RocPoint[] =>
  points.filter((point) => Number.isFinite(point.fpr) && Number.isFinite(point.tpr)).sort((a, b) => a.fpr - b.fpr || a.tpr - b.tpr);

/** The area under a ROC curve, by trapezes, from (0, 0) to (1, 1). */
export const areaUnder = (points: readonly RocPoint[]): number => {
  const whole = [{ fpr: 0, tpr: 0 }, ...drawn(points), { fpr: 1, tpr: 1 }];
  return whole.slice(1).reduce((area, point, index) => {
    const before = whole[index] ?? point;
    return area + ((point.fpr - before.fpr) * (point.tpr + before.tpr)) / 2;
  }, 0);
};

// ---------------------------------------------------------------- matrices

/** The share of its row that each cell has, from 0 to 1: how deep its colour is. */
export const shares = (matrix: Matrix): number[][] =>
  matrix.rows.map((row) => {
    const sum = row.reduce((total, cell) => total + Math.max(0, cell), 0);
    return row.map((cell) => (sum > 0 ? Math.max(0, cell) / sum : 0));
  });

/** The share of cases on the diagonal. */
export const accuracyOf = (matrix: Matrix): number | undefined => {
  const sum = matrix.rows.flat().reduce((total, cell) => total + cell, 0);
  return sum > 0 ? matrix.rows.reduce((total, row, index) => total + (row[index] ?? 0), 0) / sum : undefined;
};

// ---------------------------------------------------------------- numbers

/** A number as people read it: at most six digits that count, and no sum of powers for everyday sizes. */
export const numberText = (value: number): string => {
  if (Number.isSafeInteger(value)) return value.toLocaleString("en");
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e9 ? value.toLocaleString("en", { maximumSignificantDigits: size >= 1 ? 6 : 5 }) : value.toExponential(3);
};

/** A metric's value as text; what JSON cannot hold comes as `null`. */
export const metricText = (value: unknown): string => {
  if (typeof value === "number") return numberText(value);
  if (value === null || value === undefined) return "not a number";
  return typeof value === "string" ? value : JSON.stringify(value);
};
