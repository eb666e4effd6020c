// A graph with its places as React Flow takes it.

import type { Edge as FlowEdge, Node as FlowNode } from "@xyflow/react";

import { type Placed, type Point } from "../../model/graphs";
import type { Node } from "../../model/messages";

export type GraphNodeData = Record<string, unknown> & { node: Node; chosen: boolean; onOpen: (node: Node, open: boolean) => void };
export type GraphEdgeData = Record<string, unknown> & { points: Point[]; label: string; near: boolean };

const isChosen = (node: Node, selected: string | null): boolean => selected !== null && (node.id === selected || (node.task_id !== "" && node.task_id === selected));

export function flowNodes(placed: Placed, selected: string | null, onOpen: (node: Node, open: boolean) => void): FlowNode<GraphNodeData>[] {
  return placed.nodes.map(({ node, left, top, width, height }) => ({
    id: node.id,
    type: "step",
    position: { x: left, y: top },
    width,
    height,
    zIndex: node.open ? 0 : 2,
    data: { node, chosen: isChosen(node, selected), onOpen },
    // The buttons in it say what it is.
    ariaRole: "presentation",
  }));
}

export function flowEdges(placed: Placed, selected: string | null): FlowEdge<GraphEdgeData>[] {
  const chosen = new Set(placed.nodes.filter(({ node }) => isChosen(node, selected)).map(({ node }) => node.id));
  return placed.edges.map(({ id, edge, points }) => {
    const near = chosen.has(edge.source) || chosen.has(edge.target);
    const label = edge.label === "" && edge.count > 1 ? `${edge.count} dependencies` : edge.label;
    return { id, source: edge.source, target: edge.target, type: "way", zIndex: 1, data: { points, label, near } };
  });
}
