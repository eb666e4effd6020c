// Graphs: what ELK is to lay out, where it has put things, and how one walks about in it.

import { count } from "./durations";
import type { Edge, Graph, Node, TaskState } from "./messages";
import { type AnyState, countsInWords, leadingState, LOOKS } from "./states";

/** What ELK takes and gives back, as far as we use it. Positions are relative to the node that holds a thing. */
export interface ElkBox {
  id: string;
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  layoutOptions?: Record<string, string>;
  children?: ElkBox[];
  edges?: ElkArrow[];
}

export interface ElkArrow {
  id: string;
  sources: string[];
  targets: string[];
  sections?: { startPoint: Point; endPoint: Point; bendPoints?: Point[] }[];
}

export interface Point {
  x: number;
  y: number;
}

/** A node with its place; `x`, `y` are relative to the node it is drawn in, `left`, `top` to the whole. */
export interface PlacedNode {
  node: Node;
  x: number;
  y: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

/** An arrow with its way through the whole drawing. */
export interface PlacedEdge {
  id: string;
  edge: Edge;
  points: Point[];
}

export interface Placed {
  nodes: PlacedNode[];
  edges: PlacedEdge[];
  width: number;
  height: number;
}

const ROOT = "\u0000root";
const LAYOUT = {
  "elk.algorithm": "layered",
  "elk.direction": "DOWN",
  "elk.edgeRouting": "POLYLINE",
  "elk.spacing.nodeNode": "22",
  "elk.layered.spacing.nodeNodeBetweenLayers": "44",
  "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.padding": "[top=12,left=12,bottom=12,right=12]",
};
/** Room for the heading of an open node above what is in it, by how many lines stand below its name. */
const paddingOf = (lines: number): string => `[top=${42 + lines * LINE},left=16,bottom=16,right=16]`;

/** Two graphs with the same shape have the same places, whatever the states are. */
export const shapeOf = (graph: Graph): string =>
  JSON.stringify([graph.nodes.map((node) => [node.id, node.label, node.parent, node.open, node.condition, linesOf(node).length]), graph.edges.map((edge) => [edge.source, edge.target])]);

/** What stands below the name of a node: what it loops over or under which condition it runs; how much it stands for, and how that is. */
export const linesOf = (node: Node): string[] => [node.condition, amountOf(node)].filter((line) => line !== "");

const totalOf = (states: Readonly<Partial<Record<TaskState, number>>>): number => Object.values(states).reduce((sum, one) => sum + one, 0);

/** Whether a node is one of a run that has come to it. */
const isOfRun = (node: Node): boolean => totalOf(node.states) + totalOf(node.groups) > 0;

/** How much a node stands for: steps, iterations of a loop, and what of it failed or runs. */
function amountOf(node: Node): string {
  if (node.kind === "more") return "not drawn";
  if (node.kind === "task") return "";
  const steps = totalOf(node.states);
  const [rounds, times] = [totalOf(node.iterations), totalOf(node.groups)];
  if (node.kind === "stack") return [`${node.steps} steps alike`, loudest(node.states)].filter((part) => part !== "").join(", ");
  if (rounds > 0) return `${count(rounds, "iteration")}${failedRounds(node) || withComma(loudest(node.iterations))}`;
  if (times > 1) return `${times} times${withComma(loudest(node.groups) || quiet(node.groups, "SKIPPED"))}`;
  if (isOfRun(node)) return steps === 0 ? unbegun(node) : `${count(steps, "step")}${withComma(loudest(node.states))}`;
  return node.open ? "" : `${count(node.steps, "step")} inside`;
}

const withComma = (text: string): string => (text === "" ? "" : `, ${text}`);

const quiet = (states: Node["states"], state: TaskState): string => ((states[state] ?? 0) > 0 ? `${states[state]} ${LOOKS[state].label.toLowerCase()}` : "");

/** What needs a look: how many failed, else how many run. */
const loudest = (states: Node["states"]): string => quiet(states, "FAILED") || quiet(states, "RUNNING");

/** Steps of a run that are not there (yet). */
const unbegun = (node: Node): string => ((node.groups.SKIPPED ?? 0) > 0 ? "not entered" : "not entered yet");

const MOST_NAMED = 3; // iterations in the narrow line of a node

/** Which iterations failed; empty where none did, or where they are too many to be named. */
function failedRounds(node: Node): string {
  const failed = node.iterations.FAILED ?? 0;
  if (failed === 0 || failed > Math.min(MOST_NAMED, node.failed_iterations.length)) return "";
  const numbers = node.failed_iterations.map((id) => id.slice(id.lastIndexOf("/") + 1));
  return `, no. ${numbers.join(", ")} failed`;
}

const NARROWEST = 120;
/** Of nodes that stand for many: in a run their words change, and their size does not. */
const NARROWEST_COUNTED = 250;
const WIDEST = 320;
const LETTER = 7.6;
const SMALL_LETTER = 6.2;
const LINE = 16;

/** The size of a closed node: wide enough for its label, within limits. */
export function sizeOf(node: Node): { width: number; height: number } {
  const opener = node.can_open ? 28 : 0;
  const lines = linesOf(node);
  const least = node.can_open ? NARROWEST_COUNTED : NARROWEST;
  const words = Math.max(node.label.length * LETTER, node.condition.length * SMALL_LETTER);
  const width = Math.min(WIDEST, Math.max(least, Math.round(words) + 52 + opener));
  return { width, height: 40 + lines.length * LINE };
}

export function elkOf(graph: Graph): ElkBox {
  const inside = new Map<string, Node[]>();
  for (const node of graph.nodes) inside.set(node.parent, [...(inside.get(node.parent) ?? []), node]);
  const parents = new Map(graph.nodes.map((node) => [node.id, node.parent]));
  const arrows = new Map<string, ElkArrow[]>();
  graph.edges.forEach((edge, index) => {
    const parent = parents.get(edge.source) ?? "";
    arrows.set(parent, [...(arrows.get(parent) ?? []), { id: `edge ${index}`, sources: [edge.source], targets: [edge.target] }]);
  });
  const box = (node: Node): ElkBox => {
    const children = inside.get(node.id);
    if (children === undefined) return { id: node.id, ...sizeOf(node) };
    const padding = paddingOf(linesOf(node).length);
    const minimum = `(${sizeOf(node).width}, 60)`;
    const layoutOptions = { ...LAYOUT, "elk.padding": padding, "elk.nodeSize.constraints": "MINIMUM_SIZE", "elk.nodeSize.minimum": minimum };
    return { id: node.id, layoutOptions, children: children.map(box), edges: arrows.get(node.id) ?? [] };
  };
  return { id: ROOT, layoutOptions: LAYOUT, children: (inside.get("") ?? []).map(box), edges: arrows.get("") ?? [] };
}

/** ELK's answer with absolute places; outer nodes come before those in them, as is needed to draw them. */
export function placedOf(graph: Graph, result: ElkBox): Placed {
  const known = new Map(graph.nodes.map((node) => [node.id, node]));
  const nodes: PlacedNode[] = [];
  const edges: PlacedEdge[] = [];
  const walk = (box: ElkBox, left: number, top: number): void => {
    for (const arrow of box.edges ?? []) {
      const edge = graph.edges[Number(arrow.id.slice("edge ".length))];
      const section = arrow.sections?.[0];
      if (edge === undefined || section === undefined) continue;
      const way = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
      edges.push({ id: arrow.id, edge, points: way.map(({ x, y }) => ({ x: x + left, y: y + top })) });
    }
    for (const child of box.children ?? []) {
      const node = known.get(child.id);
      const { x = 0, y = 0, width = 0, height = 0 } = child;
      if (node !== undefined) nodes.push({ node, x, y, left: left + x, top: top + y, width, height });
      walk(child, left + x, top + y);
    }
  };
  walk(result, 0, 0);
  return { nodes, edges, width: result.width ?? 0, height: result.height ?? 0 };
}

/** The places of a graph of the same shape, with the nodes as they are now. */
export function renewed(placed: Placed, graph: Graph): Placed {
  const known = new Map(graph.nodes.map((node) => [node.id, node]));
  return { ...placed, nodes: placed.nodes.map((one) => ({ ...one, node: known.get(one.node.id) ?? one.node })) };
}

/** An arrow's way as an SVG path, with round corners. */
export function pathOf(points: readonly Point[], radius = 8): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let path = `M${round(first.x)} ${round(first.y)}`;
  rest.forEach((point, index) => {
    const before = points[index] ?? first;
    const after = rest[index + 1];
    if (after === undefined) {
      path += `L${round(point.x)} ${round(point.y)}`;
      return;
    }
    const start = towards(point, before, radius);
    const end = towards(point, after, radius);
    path += `L${round(start.x)} ${round(start.y)}Q${round(point.x)} ${round(point.y)} ${round(end.x)} ${round(end.y)}`;
  });
  return path;
}

const round = (value: number): number => Math.round(value * 10) / 10;

function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(distance / length, 0.5);
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

/** The middle of the longest part of an arrow's way, where its label stands. */
export function middleOf(points: readonly Point[]): Point {
  let [best, length] = [points[0] ?? { x: 0, y: 0 }, -1];
  points.slice(1).forEach((end, index) => {
    const start = points[index] ?? end;
    const long = Math.hypot(end.x - start.x, end.y - start.y);
    if (long > length) [best, length] = [{ x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 }, long];
  });
  return best;
}

// ---------------------------------------------------------------- states and words

/** The state a node shows; `null` in the graph of a pipeline. A group that goes on or failed shows it, whatever is in it. */
export function stateOf(node: Node): AnyState | null {
  if (totalOf(node.states) === 0) return leadingState(node.groups);
  const both = { ...node.states };
  for (const state of ["FAILED", "BACKING_OFF", "RUNNING", "CANCELED"] as const) both[state] = (both[state] ?? 0) + (node.groups[state] ?? 0);
  return leadingState(both, node.cached);
}

/** A node in words, for screen readers: what is to be seen, then what its looks say. */
export function inWords(node: Node): string {
  const state = stateOf(node);
  const kind = { task: "step", dag: node.open ? "open group" : "group", stack: "steps alike", more: "more steps" }[node.kind];
  const states = node.kind === "task" && state !== null ? LOOKS[state].label : countsInWords(node.states);
  return [node.label, ...linesOf(node), kind, states].filter((part) => part !== "").join(", ");
}

/** The share of steps that are done, for the bar of a node that stands for many; `null` if it stands for one. */
export function progressOf(node: Node): number | null {
  const total = totalOf(node.states);
  if (node.kind === "task" || total === 0) return null;
  const done = (node.states.SUCCEEDED ?? 0) + (node.states.SKIPPED ?? 0) + (node.states.FAILED ?? 0) + (node.states.CANCELED ?? 0);
  return done / total;
}

/** The nodes that are open after one was opened or closed; with it goes what is open in it. */
export function openAfter(open: readonly string[], id: string, opens: boolean): string[] {
  const kept = open.filter((one) => one !== id && (opens || !one.startsWith(`${id}/`)));
  return opens ? [...kept, id] : kept;
}

export type Direction = "up" | "down" | "left" | "right";

/** The nearest node in a direction, for the arrow keys; nodes that hold others are passed over. */
export function neighbour(placed: Placed, from: string, direction: Direction): string | null {
  const start = placed.nodes.find((one) => one.node.id === from);
  if (start === undefined) return null;
  const centre = (one: PlacedNode): Point => ({ x: one.left + one.width / 2, y: one.top + one.height / 2 });
  const here = centre(start);
  let best: { id: string; cost: number } | null = null;
  for (const one of placed.nodes) {
    if (one.node.id === from || one.node.open) continue;
    const { x, y } = centre(one);
    const along = { up: here.y - y, down: y - here.y, left: here.x - x, right: x - here.x }[direction];
    const across = direction === "up" || direction === "down" ? Math.abs(x - here.x) : Math.abs(y - here.y);
    const cost = along + across * 2;
    if (along > 1 && (best === null || cost < best.cost)) best = { id: one.node.id, cost };
  }
  return best?.id ?? null;
}

/** What a node takes and gives, by the arrows at it. */
export interface Neighbours {
  takes: { id: string; label: string; what: string }[];
  gives: { id: string; label: string; what: string }[];
}

export function neighboursOf(graph: Graph, id: string): Neighbours {
  const labels = new Map(graph.nodes.map((node) => [node.id, node.label]));
  const end = (of: string, edge: Edge) => ({ id: of, label: labels.get(of) ?? of, what: edge.label === "" && edge.count > 1 ? `${edge.count} things` : edge.label });
  return {
    takes: graph.edges.filter((edge) => edge.target === id).map((edge) => end(edge.source, edge)),
    gives: graph.edges.filter((edge) => edge.source === id).map((edge) => end(edge.target, edge)),
  };
}
