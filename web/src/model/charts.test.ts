import { describe, expect, it } from "vitest";

import { csv, fileName, sizeWithLegend, svgText } from "./charts";

describe("CSV", () => {
  it("quotes what would be read wrongly otherwise", () => {
    expect(csv(["a", "b"], [["x, y", 'say "hi"'], [" lead", "two\nlines"]])).toBe('a,b\r\n"x, y","say ""hi"""\r\n" lead","two\nlines"\r\n');
  });
  it("writes numbers in full, objects as JSON, and nothing for nothing", () => {
    expect(csv(["n"], [[0.1 + 0.2], [null], [{ a: 1 }], [undefined]])).toBe('n\r\n0.30000000000000004\r\n\r\n"{""a"":1}"\r\n\r\n');
  });
});

describe("names of files", () => {
  it("hold nothing that a system refuses", () => {
    expect(fileName(["digits / run", "../é:x", ""], "csv")).toBe("digits-run-e-x.csv");
    expect(fileName(["…"], "png")).toBe("bakehouse.png");
  });
});

describe("a drawing as a file", () => {
  it("stands alone, on the page's ground, and changes nothing on the page", () => {
    document.body.innerHTML = '<svg class="chart"><g class="a" style="fill: rgb(1, 2, 3)"><path d="M0 0"/></g></svg>';
    const drawing = document.querySelector("svg")!;
    const before = document.body.innerHTML;
    const written = svgText(drawing, "#ffffff");
    expect(written).toContain('xmlns="http://www.w3.org/2000/svg"');
    expect(written).toContain('fill="#ffffff"');
    expect(written).toContain('fill="rgb(1, 2, 3)"');
    expect(written).not.toContain("class=");
    expect(document.body.innerHTML).toBe(before);
    expect(new DOMParser().parseFromString(written, "image/svg+xml").querySelector("parsererror")).toBeNull();
  });

  it("names its curves", () => {
    document.body.innerHTML = "<svg></svg>";
    const legend = [{ name: "first <curve>", colour: "red", dashes: "" }];
    const written = svgText(document.querySelector("svg")!, "#000000", legend);
    const parsed = new DOMParser().parseFromString(written, "image/svg+xml");
    expect(parsed.querySelector("text")?.textContent).toBe("first <curve>");
    expect(parsed.documentElement.getAttribute("height")).toBe(String(sizeWithLegend(document.querySelector("svg")!, legend).height));
  });
});
