// The graph of a run with live states, or of a pipeline. What draws it is loaded when it is needed.

import { Center, Loader } from "@mantine/core";
import { lazy, Suspense } from "react";

import { patiently } from "../patient";
import type { Graph, Node } from "../model/messages";
import styles from "./graph/GraphView.module.css";

const GraphView = lazy(() => patiently(() => import("./graph/GraphView")));

export interface TaskGraphProps {
  graph: Graph;
  /** The id of a node, or of the step it stands for. */
  selected?: string | null;
  onSelect: (node: Node) => void;
  /** A node is to be opened or closed. */
  onOpen: (node: Node, open: boolean) => void;
  /** What it is a graph of; also the name of saved files. */
  name: string;
  /** Any CSS height. */
  height?: string;
}

export function TaskGraph(props: TaskGraphProps) {
  return (
    <section className={styles.frame} style={{ height: props.height ?? "min(70vh, 640px)" }} aria-label={`Graph of ${props.name}`}>
      <Suspense fallback={<Drawing />}>
        <GraphView {...props} />
      </Suspense>
    </section>
  );
}

export function Drawing() {
  return (
    <Center h="100%" role="status" aria-label="Drawing the graph">
      <Loader type="dots" />
    </Center>
  );
}
