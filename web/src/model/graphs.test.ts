import { describe, expect, it } from "vitest";

import { svgOf } from "./drawing";
import { graphFactory as make } from "./factories";
import { type ElkBox, elkOf, inWords, linesOf, middleOf, neighbour, neighboursOf, openAfter, pathOf, placedOf, progressOf, renewed, shapeOf, stateOf } from "./graphs";

const nested = make.of(
  [
    make.node("a"),
    make.node("loop", { kind: "dag", open: true, can_open: true, condition: "for each of items" }),
    make.node("loop/b", { parent: "loop" }),
    make.node("loop/c", { parent: "loop" }),
  ],
  [make.edge("a", "loop", { label: "rows" }), make.edge("loop/b", "loop/c", { count: 3 })],
);

/** As ELK would answer: one below the other. */
function laidOut(box: ElkBox): ElkBox {
  let y = 10;
  const children = box.children?.map((child) => {
    const done = laidOut(child);
    const placed = { ...done, x: 10, y };
    y += (done.height ?? 0) + 20;
    return placed;
  });
  const edges = box.edges?.map((edge) => ({ ...edge, sections: [{ startPoint: { x: 0, y: 0 }, endPoint: { x: 0, y: 9 } }] }));
  return { ...box, children, edges, width: box.width ?? 200, height: box.height ?? y };
}

describe("what ELK is given", () => {
  it("has inner nodes and arrows in the node that holds them", () => {
    const root = elkOf(nested);
    expect(root.children?.map((child) => child.id)).toEqual(["a", "loop"]);
    expect(root.edges).toHaveLength(1);
    expect(root.children?.[1]?.children?.map((child) => child.id)).toEqual(["loop/b", "loop/c"]);
    expect(root.children?.[1]?.edges).toHaveLength(1);
  });
});

describe("places", () => {
  const placed = placedOf(nested, laidOut(elkOf(nested)));

  it("are those of the whole, outer nodes first", () => {
    expect(placed.nodes.map((one) => one.node.id)).toEqual(["a", "loop", "loop/b", "loop/c"]);
    const loop = placed.nodes.find((one) => one.node.id === "loop")!;
    const inner = placed.nodes.find((one) => one.node.id === "loop/b")!;
    expect(inner.left).toBe(loop.left + inner.x);
    expect(placed.edges.find((one) => one.edge.source === "loop/b")?.points[0]).toEqual({ x: loop.left, y: loop.top });
  });

  it("stay while only states change", () => {
    const as = (state: string) => make.of(nested.nodes.map((node) => ({ ...node, states: { [state]: 1 } })), nested.edges);
    const later = as("SUCCEEDED");
    expect(shapeOf(later)).toBe(shapeOf(as("RUNNING")));
    expect(renewed(placed, later).nodes[0]?.node.states).toEqual({ SUCCEEDED: 1 });
    expect(shapeOf(make.of(nested.nodes.slice(1), []))).not.toBe(shapeOf(nested));
  });

  it("are walked with the arrow keys", () => {
    expect(neighbour(placed, "a", "down")).toBe("loop/b");
    expect(neighbour(placed, "loop/c", "up")).toBe("loop/b");
    expect(neighbour(placed, "a", "up")).toBeNull();
  });

  it("are saved as a picture, whatever the names hold", () => {
    const graph = make.of([make.node('<a> & "b"', { states: { FAILED: 1 } })]);
    const svg = svgOf(placedOf(graph, laidOut(elkOf(graph))), "dark", "x < y");
    expect(new DOMParser().parseFromString(svg, "image/svg+xml").querySelector("parsererror")).toBeNull();
    expect(svg).toContain("&lt;a&gt; &amp; &quot;b&quot;");
  });
});

describe("ways", () => {
  it("are round at their corners", () => {
    expect(pathOf([{ x: 0, y: 0 }, { x: 0, y: 20 }, { x: 20, y: 20 }])).toBe("M0 0L0 12Q0 20 8 20L20 20");
    expect(pathOf([])).toBe("");
  });
  it("have their label on their longest part", () => expect(middleOf([{ x: 0, y: 0 }, { x: 0, y: 2 }, { x: 10, y: 2 }])).toEqual({ x: 5, y: 2 }));
});

describe("nodes", () => {
  it.each([
    [{ FAILED: 1, SUCCEEDED: 5 }, 0, "FAILED"],
    [{ RUNNING: 1, SUCCEEDED: 5, WAITING: 3 }, 0, "RUNNING"],
    [{ SUCCEEDED: 5 }, 5, "CACHED"],
    [{ SUCCEEDED: 5 }, 4, "SUCCEEDED"],
    [{ SKIPPED: 2 }, 0, "SKIPPED"],
    [{}, 0, null],
  ])("%j is seen as %s", (states, cached, state) => expect(stateOf(make.node("a", { states, cached }))).toBe(state));

  it("say in words what they are", () => {
    expect(inWords(make.node("train", { states: { RUNNING: 1 } }))).toBe("train, step, Running");
    expect(inWords(make.node("fold", { kind: "stack", steps: 3, states: { SUCCEEDED: 2, FAILED: 1 } }))).toBe("fold, 3 steps alike, 1 failed, steps alike, 2 succeeded, 1 failed");
    expect(inWords(make.node("if", { kind: "dag", condition: "x > 1", steps: 2 }))).toBe("if, x > 1, 2 steps inside, group");
  });

  const group = (change: Parameters<typeof make.node>[1]) => make.node("group", { kind: "dag", ...change });

  it.each([
    ["as much as the pipeline says", { steps: 5 }, "5 steps inside"],
    ["the steps of a run", { groups: { SUCCEEDED: 1 }, states: { SUCCEEDED: 12 } }, "12 steps"],
    ["what failed before what runs", { groups: { RUNNING: 1 }, states: { FAILED: 1, RUNNING: 2 } }, "3 steps, 1 failed"],
    ["also when they are open", { open: true, groups: { RUNNING: 1 }, states: { RUNNING: 2 } }, "2 steps, 2 running"],
    ["which iteration failed", { groups: { FAILED: 1 }, iterations: { SUCCEEDED: 4, FAILED: 1 }, failed_iterations: ["loop/10"], states: { SUCCEEDED: 4, FAILED: 1 } }, "5 iterations, no. 10 failed"],
    ["how many, where they are many", { iterations: { FAILED: 4 }, failed_iterations: ["l/0", "l/1", "l/2", "l/3"], states: { FAILED: 4 } }, "4 iterations, 4 failed"],
    ["how often a condition did not hold", { groups: { SUCCEEDED: 2, SKIPPED: 3 }, states: { SUCCEEDED: 2 } }, "5 times, 3 skipped"],
    ["that a condition did not hold", { groups: { SKIPPED: 1 }, steps: 2 }, "not entered"],
    ["that a run has not come to them", { groups: { WAITING: 1 }, steps: 2 }, "not entered yet"],
  ])("that stand for many say %s", (_, change, line) => expect(linesOf(group(change))).toEqual([line]));

  it.each([
    ["failed, whatever is in it", { groups: { FAILED: 1 }, states: { SUCCEEDED: 1 } }, "FAILED"],
    ["running between two steps", { groups: { RUNNING: 1 }, states: { SUCCEEDED: 1 } }, "RUNNING"],
    ["reused, where all in it was", { groups: { SUCCEEDED: 1 }, states: { SUCCEEDED: 2 }, cached: 2 }, "CACHED"],
    ["skipped", { groups: { SKIPPED: 1 } }, "SKIPPED"],
  ])("are seen as %s", (_, change, state) => expect(stateOf(group(change))).toBe(state));

  it("show how far many steps are", () => {
    expect(progressOf(make.node("fold", { kind: "stack", states: { SUCCEEDED: 1, RUNNING: 1, FAILED: 1, WAITING: 1 } }))).toBe(0.5);
    expect(progressOf(make.node("one", { states: { RUNNING: 1 } }))).toBeNull();
  });

  it("know their neighbours", () => {
    expect(neighboursOf(nested, "loop")).toEqual({ takes: [{ id: "a", label: "a", what: "rows" }], gives: [] });
    expect(neighboursOf(nested, "loop/b").gives[0]?.what).toBe("3 things");
  });

  it("are closed with what is open in them", () => {
    expect(openAfter(["a"], "a/b", true)).toEqual(["a", "a/b"]);
    expect(openAfter(["a", "a/b", "ab"], "a", false)).toEqual(["ab"]);
  });
});
