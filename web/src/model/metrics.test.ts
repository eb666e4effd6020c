import { describe, expect, it } from "vitest";

import { accuracyOf, areaUnder, drawn, isMetrics, judgementsOf, metricText, numberText, plainMetadata, shares } from "./metrics";

const matrix = { annotationSpecs: [{ displayName: "cat" }, { displayName: "dog" }], rows: [{ row: [8, 2] }, { row: [1, 9] }] };
const points = [{ confidenceThreshold: 0.5, falsePositiveRate: 0.25, recall: 0.75 }];

describe("metrics in the metadata of an artifact", () => {
  it("has a curve and a matrix", () => {
    expect(judgementsOf({ confidenceMetrics: points, confusionMatrix: matrix })).toEqual([
      {
        title: "",
        roc: [{ fpr: 0.25, tpr: 0.75, threshold: 0.5 }],
        matrix: {
          labels: ["cat", "dog"],
          rows: [
            [8, 2],
            [1, 9],
          ],
        },
      },
    ]);
  });

  it("is read in the form that MLMD keeps too", () => {
    const found = judgementsOf({ confidenceMetrics: { list: points }, confusionMatrix: { struct: matrix } });
    expect(found[0]?.roc).toHaveLength(1);
    expect(found[0]?.matrix?.labels).toEqual(["cat", "dog"]);
  });

  it("comes by slice", () => {
    const found = judgementsOf({ evaluationSlices: [{ slice: "women", sliceClassificationMetrics: { confusionMatrix: matrix } }, { slice: "empty" }] });
    expect(found.map((one) => one.title)).toEqual(["women"]);
  });

  it("is nothing where an author wrote something else under these names", () => {
    expect(judgementsOf({ confidenceMetrics: "x", confusionMatrix: [1], evaluationSlices: { a: 1 } })).toEqual([]);
  });

  it("leaves the plain values to a table", () => {
    expect(plainMetadata({ b: 2, a: 1, confusionMatrix: matrix })).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });

  it("belongs to these types", () => {
    expect(["system.Metrics", "system.ClassificationMetrics", "system.Dataset", "my.Metrics"].map(isMetrics)).toEqual([true, true, false, false]);
  });
});

describe("a ROC curve", () => {
  it("has the area under it", () => {
    expect(areaUnder([])).toBe(0.5);
    expect(areaUnder([{ fpr: 0, tpr: 1, threshold: 1 }])).toBe(1);
    expect(areaUnder([{ fpr: 0.5, tpr: 1, threshold: 1 }])).toBe(0.75);
  });

  it("is drawn from left to right, without points that have no place", () => {
    const found = drawn([
      { fpr: 1, tpr: 1, threshold: 0 },
      { fpr: NaN, tpr: 1, threshold: 0 },
      { fpr: 0, tpr: 0.2, threshold: NaN },
    ]);
    expect(found.map((point) => point.fpr)).toEqual([0, 1]);
  });
});

describe("a confusion matrix", () => {
  const small = {
    labels: ["a", "b"],
    rows: [
      [3, 1],
      [0, 0],
    ],
  };
  it("shows the share of each row", () => {
    expect(shares(small)).toEqual([
      [0.75, 0.25],
      [0, 0],
    ]);
  });
  it("tells how many are right", () => {
    expect(accuracyOf(small)).toBe(0.75);
    expect(accuracyOf({ labels: ["a"], rows: [[0]] })).toBeUndefined();
  });
});

describe("numbers", () => {
  it.each([
    [0, "0"],
    [1797, "1,797"],
    [0.9722222222, "0.97222"],
    [12345.678912, "12,345.7"],
    [0.00001236, "1.236e-5"],
    [1.5e12, "1,500,000,000,000"],
    [1e308, "1.000e+308"],
    [-1e20, "-1.000e+20"],
  ])("%d is %s", (value, expected) => {
    expect(numberText(value)).toBe(expected);
  });
  it("says so where there is none", () => {
    expect(metricText(null)).toBe("not a number");
    expect(metricText("high")).toBe("high");
    expect(metricText({ a: 1 })).toBe('{"a":1}');
  });
});
