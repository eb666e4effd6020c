import { describe, expect, it } from "vitest";

import { sizeWithLegend, svgText } from "./charts";

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
