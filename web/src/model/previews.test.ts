import { describe, expect, it } from "vitest";

import { childrenOf, contentsOf, crumbs, inOrder, isNumeric, leaf, nextOrder, parsed, plainText, safeLink, widths } from "./previews";

describe("a table", () => {
  const rows = [
    ["10", "b"],
    ["9", ""],
    ["", "a10"],
    ["-1", "a9"],
  ];
  it("orders numbers by size and empty cells last, both ways", () => {
    expect(inOrder(rows, { column: 0, descending: false }).map((row) => row[0])).toEqual(["-1", "9", "10", ""]);
    expect(inOrder(rows, { column: 0, descending: true }).map((row) => row[0])).toEqual(["10", "9", "-1", ""]);
    expect(inOrder(rows, { column: 1, descending: false }).map((row) => row[1])).toEqual(["a9", "a10", "b", ""]);
    expect(inOrder(rows, undefined)).toBe(rows);
  });
  it("goes upwards, downwards, and back to how it came", () => {
    const up = nextOrder(undefined, 1);
    const down = nextOrder(up, 1);
    expect([up, down, nextOrder(down, 1)]).toEqual([{ column: 1, descending: false }, { column: 1, descending: true }, undefined]);
    expect(nextOrder(down, 0)).toEqual({ column: 0, descending: false });
  });
  it("knows columns of numbers", () => {
    expect([isNumeric(rows, 0), isNumeric(rows, 1), isNumeric([["", ""]], 0)]).toEqual([true, false, false]);
  });
  it("gives columns room by what stands in them", () => {
    expect(widths(["a", "b"], [["1", "x".repeat(500)]])).toEqual([6, 60]);
  });
});

describe("JSON", () => {
  it("keeps long numbers as they were written", () => {
    const value = parsed('{"id": 12345678901234567890123, "text": "12345678901234567890123", "list": [-9007199254740993, 1.5, 7]}');
    expect(childrenOf(value ?? null).map(([name, one]) => [name, plainText(one)])).toEqual([
      ["id", "12345678901234567890123"],
      ["text", '"12345678901234567890123"'],
      ["list", '[{"text":"-9007199254740993"},1.5,7]'],
    ]);
    expect(contentsOf(parsed("12345678901234567890123") ?? null)).toBe("");
    expect(parsed("[12345678901234567890123")).toBeUndefined();
  });

  it("is undefined when it is none", () => {
    expect(parsed('{"a": 1')).toBeUndefined();
    expect(parsed("null")).toBeNull();
  });
  it("says what is in a value", () => {
    expect([contentsOf([1, 2]), contentsOf({ a: 1 }), contentsOf("x"), contentsOf(null)]).toEqual(["2 items", "1 field", "", ""]);
    expect(childrenOf(["a"])).toEqual([["0", "a"]]);
    expect(childrenOf({ k: null })).toEqual([["k", null]]);
    expect(childrenOf(1)).toEqual([]);
  });
});

describe("places", () => {
  it("leads from the artifact down", () => {
    expect(crumbs("a/b c/d.txt").map((one) => one.path)).toEqual(["a", "a/b c", "a/b c/d.txt"]);
    expect(leaf("a/b c/d.txt")).toBe("d.txt");
  });
  it("follows no link that runs something", () => {
    expect(["https://a.b", "mailto:a@b", "javascript:alert(1)", "data:text/html,x", "//x", undefined].map(safeLink)).toEqual([
      "https://a.b",
      "mailto:a@b",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
