import { describe, expect, it } from "vitest";

import type { Lane, Timeline } from "./timeline";
import { sizeOf, timelineRows, timelineSvg } from "./timeline-drawing";

const lane: Lane = {
  taskId: "train",
  name: 'train <"&',
  within: "",
  group: false,
  state: "SUCCEEDED",
  reusedAt: undefined,
  attempts: 2,
  segments: [
    { phase: "waiting", from: 0, to: 1000, attempt: 0, open: false, failed: false },
    { phase: "running", from: 1000, to: 3000, attempt: 1, open: false, failed: true },
  ],
};
const timeline: Timeline = { lanes: [lane], from: 0, to: 4000 };

describe("a timeline as a file", () => {
  it("is a drawing that any reader of SVG takes", () => {
    const written = timelineSvg(timeline, [lane, { ...lane, reusedAt: 2000 }], "dark");
    const parsed = new DOMParser().parseFromString(written, "image/svg+xml");
    expect(parsed.querySelector("parsererror")).toBeNull();
    expect(parsed.documentElement.getAttribute("height")).toBe(String(sizeOf(2).height));
    expect(parsed.querySelectorAll("circle")).toHaveLength(1);
    expect(written).toContain("train &lt;&quot;&amp;");
  });

  it("has one row for each phase", () => {
    expect(timelineRows([lane])[1]).toEqual(["train", "running", 1, "1970-01-01T00:00:01.000Z", "1970-01-01T00:00:03.000Z", 2, "yes"]);
  });
});
