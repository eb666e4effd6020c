// The nodes and arrows of a graph.

import { EdgeLabelRenderer, type EdgeProps, Handle, type NodeProps, Position } from "@xyflow/react";
import { IconFold, IconFolders, IconRecycle, IconStack2, IconZoomIn } from "@tabler/icons-react";
import { Fragment } from "react";

import { inWords, linesOf, middleOf, pathOf, progressOf, stateOf } from "../../model/graphs";
import type { Node } from "../../model/messages";
import { countsInWords, LOOKS } from "../../model/states";
import { StateIconOf } from "../StateBadge";
import type { GraphEdgeData, GraphNodeData } from "./flow";
import styles from "./GraphView.module.css";

export function GraphNode({ data }: NodeProps & { data: GraphNodeData }) {
  const { node, chosen, onOpen } = data;
  const state = stateOf(node);
  const tone = state === null ? null : LOOKS[state].tone;
  const lines = linesOf(node);
  const progress = progressOf(node);
  return (
    <div
      className={styles.node}
      data-open={node.open || undefined}
      data-chosen={chosen || undefined}
      data-kind={node.kind}
      style={tone === null ? undefined : { borderColor: `var(--tone-${tone}-line)`, ["--line" as string]: `var(--tone-${tone}-line)` }}
      title={[node.label, ...lines, countsInWords(node.states)].filter((part) => part !== "").join("\n")}
    >
      <Handle type="target" position={Position.Top} className={styles.handle} isConnectable={false} />
      {/* A click on it is one on the node, which the graph hears. */}
      <button type="button" className={styles.heading} data-opens={node.can_open || undefined} aria-label={inWords(node)} aria-pressed={chosen}>
        <span className={styles.icon} style={tone === null ? undefined : { color: `var(--tone-${tone}-text)` }}>
          <Picture node={node} />
        </span>
        <span className={styles.words}>
          <span className={styles.label}>{node.label}</span>
          {lines.map((line) => (
            <Fragment key={line}>
              {" "}
              <span className={styles.second}>{line}</span>
            </Fragment>
          ))}
        </span>
        {node.cached > 0 && node.kind !== "task" && (
          <span className={styles.reused} title={`${node.cached} reused`}>
            <IconRecycle size={15} aria-hidden />
          </span>
        )}
      </button>
      {node.can_open && (
        <button
          type="button"
          className={styles.opener}
          aria-label={node.open ? `Close ${node.label}` : `Open ${node.label}`}
          onClick={(event) => {
            event.stopPropagation();
            onOpen(node, !node.open);
          }}
        >
          {node.open ? <IconFold size={15} /> : <IconZoomIn size={15} />}
        </button>
      )}
      {progress !== null && !node.open && <span className={styles.bar} style={{ width: `${progress * 100}%` }} />}
      <Handle type="source" position={Position.Bottom} className={styles.handle} isConnectable={false} />
    </div>
  );
}

function Picture({ node }: { node: Node }) {
  const state = stateOf(node);
  if (state !== null) return <StateIconOf state={state} size={17} />;
  if (node.kind === "stack") return <IconStack2 size={17} aria-hidden />;
  return node.kind === "dag" ? <IconFolders size={17} aria-hidden /> : null;
}

export function GraphEdge({ id, data }: EdgeProps & { data?: GraphEdgeData }) {
  if (data === undefined) return null;
  const middle = middleOf(data.points);
  const end = data.points.at(-1) ?? middle;
  return (
    <>
      <path id={id} d={pathOf(data.points)} className={styles.way} data-near={data.near || undefined} />
      <path d={`M${end.x - 4} ${end.y - 7}L${end.x} ${end.y}L${end.x + 4} ${end.y - 7}z`} className={styles.tip} data-near={data.near || undefined} />
      {data.near && data.label !== "" && (
        <EdgeLabelRenderer>
          <span className={styles.wayLabel} style={{ transform: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)` }}>
            {data.label}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
