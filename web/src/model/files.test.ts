import { describe, expect, it } from "vitest";

import { csv, fileName } from "./files";

describe("CSV", () => {
  it("quotes what would be read wrongly otherwise", () => {
    expect(csv(["a", "b"], [["x, y", 'say "hi"'], [" lead", "two\nlines"]])).toBe('a,b\r\n"x, y","say ""hi"""\r\n" lead","two\nlines"\r\n');
  });
  it("writes numbers in full, objects as JSON, and nothing for nothing", () => {
    expect(csv(["n"], [[0.1 + 0.2], [null], [{ a: 1 }], [undefined], [-5], [true]])).toBe('n\r\n0.30000000000000004\r\n\r\n"{""a"":1}"\r\n\r\n-5\r\ntrue\r\n');
  });
  it.each([
    ["=1+1", "'=1+1"],
    ["+cmd", "'+cmd"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["=A1,B1", `"'=A1,B1"`],
    ["-5", "-5"],
    ["+1.5e3", "+1.5e3"],
    ["a=1", "a=1"],
  ])("%j is written as %j: no spreadsheet takes it for a formula", (text, written) => {
    expect(csv(["a"], [[text]])).toBe(`a\r\n${written}\r\n`);
  });
  it("guards headings too: steps name their metrics", () => expect(csv(["=1+1"], [])).toBe("'=1+1\r\n"));
});

describe("names of files", () => {
  it.each([
    [["digits / run", "../größe:x", ""], "csv", "digits-run-größe-x.csv"],
    [["…"], "png", "bakehouse.png"],
    [["a/b: c", "metrics"], "csv", "a-b-c-metrics.csv"],
    [[".hidden"], "svg", "hidden.svg"],
  ])("%j as %s: %s", (parts, ending, name) => expect(fileName(parts, ending)).toBe(name));
});
