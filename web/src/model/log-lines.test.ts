import { describe, expect, it } from "vitest";

import { PLAIN } from "./ansi";
import { levelOf, occurrences, partsOf, styleNames } from "./log-lines";

const line = (text: string) => ({ offset: 0, exact: true, text, style: PLAIN, continued: false });

describe("what a line is", () => {
  it.each([
    ["ERROR: no such file", "error"],
    ["ValueError: bad", "error"],
    ["Traceback (most recent call last):", "error"],
    ["FutureWarning: gone soon", "warning"],
    ["2026-01-01 WARN low", "warning"],
    ["\u001b[31mERROR\u001b[0m x", "error"],
    ["0 errors", undefined],
    ["errors: 0, failed: 0", undefined],
    ["terror and warnings", undefined],
  ])("%s", (line, level) => {
    expect(levelOf(line)).toBe(level);
  });
});

describe("what is searched for", () => {
  it("marks what the server finds: letters of ASCII in either case", () => {
    expect(occurrences("Loss and LOSS", "loss")).toEqual([
      [0, 4],
      [9, 13],
    ]);
    expect(occurrences("Ärger", "ärger")).toEqual([]);
  });

  it("is marked across colours", () => {
    const parts = partsOf(line("lo\u001b[31mss is\u001b[0m 1"), "loss");
    expect(parts.map((part) => [part.text, part.marked, part.style.colour])).toEqual([
      ["lo", true, undefined],
      ["ss", true, "red"],
      [" is", false, "red"],
      [" 1", false, undefined],
    ]);
  });
});

describe("links", () => {
  it("lead to the web, without what follows them", () => {
    const parts = partsOf(line("see https://example.org/a?b=1. (http://x.y/z)"), "");
    expect(parts.filter((part) => part.href).map((part) => part.href)).toEqual(["https://example.org/a?b=1", "http://x.y/z"]);
    expect(parts.map((part) => part.text).join("")).toBe("see https://example.org/a?b=1. (http://x.y/z)");
  });

  it("stay whole where a part of them is marked", () => {
    const parts = partsOf(line("https://example.org/a"), "example");
    expect(new Set(parts.map((part) => part.href))).toEqual(new Set(["https://example.org/a"]));
    expect(parts.map((part) => part.marked)).toEqual([false, true, false]);
  });

  it("never run anything", () => {
    expect(partsOf(line("javascript:alert(1) file:///etc/passwd"), "").some((part) => part.href)).toBe(false);
  });
});

describe("styles", () => {
  it("have names", () => {
    expect(styleNames({ colour: "red", ground: "blue", bold: true, dim: undefined })).toEqual(["colour-red", "ground-blue", "bold"]);
    expect(styleNames(PLAIN)).toEqual([]);
  });
});
