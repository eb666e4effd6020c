// Draws a graph that has been laid out: pan, zoom, fit, arrow keys, and saving as a picture.

import "@xyflow/react/dist/base.css";

import { useComputedColorScheme } from "@mantine/core";
import { MiniMap, type Node as FlowNode, ReactFlow, type ReactFlowInstance, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { type FocusEvent, type KeyboardEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";

import { type Direction, neighbour, type Placed, renewed, shapeOf, stateOf } from "../../model/graphs";
import type { Graph } from "../../model/messages";
import { LOOKS } from "../../model/states";
import { ProblemsNote } from "../ErrorNote";
import { Drawing, type TaskGraphProps } from "../TaskGraph";
import { flowEdges, flowNodes, type GraphNodeData } from "./flow";
import { GraphControls } from "./GraphControls";
import { GraphEdge, GraphNode } from "./GraphNode";
import styles from "./GraphView.module.css";
import { layout } from "./layout";

const NODE_TYPES = { step: GraphNode };
const EDGE_TYPES = { way: GraphEdge };

export default function GraphView(props: TaskGraphProps) {
  const { placed, failed } = useLayout(props.graph);
  if (failed !== "") return <ProblemsNote title="The graph cannot be drawn" problems={[{ message: failed, place: "", remedy: "The table of steps shows the same." }]} />;
  if (placed === null) return <Drawing />;
  return (
    <ReactFlowProvider>
      <Drawn {...props} placed={placed} />
    </ReactFlowProvider>
  );
}

/** The places of the graph's nodes: laid out anew when its shape changes, the old drawing stays until then. */
function useLayout(graph: Graph): { placed: Placed | null; failed: string } {
  const [done, setDone] = useState<{ shape: string; placed: Placed | null; failed: string }>({ shape: "", placed: null, failed: "" });
  const shape = shapeOf(graph);
  const latest = useRef(graph);
  useEffect(() => {
    latest.current = graph;
  });
  useEffect(() => {
    let left = false;
    layout(latest.current).then(
      (placed) => {
        if (!left) setDone({ shape, placed, failed: "" });
      },
      (error: unknown) => {
        if (!left) setDone({ shape, placed: null, failed: String(error) });
      },
    );
    return () => {
      left = true;
    };
  }, [shape]);
  const placed = useMemo(() => done.placed && renewed(done.placed, graph), [done.placed, graph]);
  return { placed, failed: done.failed };
}

/** A large graph is shown in part rather than too small to read; a button shows all of it. */
const FIRST_SIGHT = { padding: 0.08, minZoom: 0.5, maxZoom: 1 };

/** Smaller graphs are seen at once. */
const MAPPED = 25;

/** What is in the middle stays there when a panel opens beside the graph. */
function useCentre(frame: RefObject<HTMLDivElement | null>, flow: ReactFlowInstance): void {
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    let width = element.clientWidth;
    const watcher = new ResizeObserver(() => {
      const { x, y, zoom } = flow.getViewport();
      const now = element.clientWidth;
      if (now === 0) return; // hidden for a moment, while another part of the page loads
      if (width > 0 && now !== width) void flow.setViewport({ x: x + (now - width) / 2, y, zoom });
      width = now;
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [frame, flow]);
}

const KEYS: Readonly<Record<string, Direction>> = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

function Drawn({ placed, selected, onSelect, onOpen, name }: TaskGraphProps & { placed: Placed }) {
  const scheme = useComputedColorScheme("light");
  const frame = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  const nodes = useMemo(() => flowNodes(placed, selected ?? null, onOpen), [placed, selected, onOpen]);
  const edges = useMemo(() => flowEdges(placed, selected ?? null), [placed, selected]);
  const first = placed.nodes.length;
  useEffect(() => {
    // After opening and closing nodes all of it is to be seen again.
    const later = setTimeout(() => void flow.fitView({ ...FIRST_SIGHT, duration: 200 }), 30);
    return () => clearTimeout(later);
  }, [flow, first]);

  useCentre(frame, flow);

  const onKey = (event: KeyboardEvent): void => {
    const id = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node")?.dataset.id;
    const direction = KEYS[event.key];
    if (id === undefined || direction === undefined) return;
    const next = neighbour(placed, id, direction);
    if (next !== null) frame.current?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(next)}"] button`)?.focus();
    event.preventDefault();
  };

  /** What gets the focus by the keyboard is brought into sight. */
  const onFocus = (event: FocusEvent): void => {
    const node = event.target.closest<HTMLElement>(".react-flow__node");
    if (node === null || frame.current === null || !event.target.matches(":focus-visible")) return;
    const [inner, outer] = [node.getBoundingClientRect(), frame.current.getBoundingClientRect()];
    if (inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom) return;
    const one = placed.nodes.find((each) => each.node.id === node.dataset.id);
    if (one !== undefined) void flow.setCenter(one.left + one.width / 2, one.top + Math.min(one.height / 2, 100), { zoom: flow.getZoom(), duration: 200 });
  };

  return (
    <div ref={frame} className={styles.view} onKeyDownCapture={onKey} onFocus={onFocus}>
      <ReactFlow
        colorMode={scheme}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        nodesFocusable={false}
        zoomOnDoubleClick={false}
        preventScrolling
        minZoom={0.1}
        maxZoom={2}
        fitView
        fitViewOptions={FIRST_SIGHT}
        proOptions={{ hideAttribution: true }}
        onNodeClick={(_, flowNode) => onSelect(flowNode.data.node)}
        onlyRenderVisibleElements={first > 150}
      >
        {first > MAPPED && <MiniMap pannable zoomable className={styles.map} ariaLabel="Overview of the graph" nodeColor={mapColour} nodeBorderRadius={6} />}
        <GraphControls placed={placed} scheme={scheme} name={name} />
      </ReactFlow>
    </div>
  );
}

function mapColour(flowNode: FlowNode): string {
  const { node } = (flowNode as FlowNode<GraphNodeData>).data;
  if (node.open) return "transparent";
  const state = stateOf(node);
  return state === null ? "var(--line-strong)" : `var(--tone-${LOOKS[state].tone}-line)`;
}
