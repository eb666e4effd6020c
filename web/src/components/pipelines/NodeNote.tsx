// What is known of a node in the graph of a pipeline.

import { Anchor, CloseButton } from "@mantine/core";

import { linesOf, neighboursOf } from "../../model/graphs";
import type { Graph, Node } from "../../model/messages";
import styles from "./NodeNote.module.css";

interface Props {
  graph: Graph;
  node: Node;
  onSelect: (id: string) => void;
  onClose: () => void;
}

export function NodeNote({ graph, node, onSelect, onClose }: Props) {
  const { takes, gives } = neighboursOf(graph, node.id);
  const lists = [
    { title: "Takes from", ends: takes },
    { title: "Gives to", ends: gives },
  ].filter(({ ends }) => ends.length > 0);
  return (
    <section className={styles.note} aria-label={`Step ${node.label}`}>
      <div className={styles.head}>
        <h2 className={styles.title}>{node.label}</h2>
        <CloseButton aria-label="Close" onClick={onClose} />
      </div>
      {linesOf(node).map((line) => (
        <p key={line} className={styles.text}>
          {line}
        </p>
      ))}
      {node.component !== "" && (
        <p className={styles.text}>
          Component <code>{node.component}</code>
        </p>
      )}
      {lists.map(({ title, ends }) => (
        <div key={title}>
          <h3 className={styles.subtitle}>{title}</h3>
          <ul className={styles.list}>
            {ends.map((end) => (
              <li key={`${end.id} ${end.what}`}>
                <Anchor component="button" type="button" inherit onClick={() => onSelect(end.id)}>
                  {end.label}
                </Anchor>
                {end.what !== "" && <span className={styles.what}> {end.what}</span>}
              </li>
            ))}
          </ul>
        </div>
      ))}
      {lists.length === 0 && <p className={styles.text}>It takes nothing from other steps, and gives them nothing.</p>}
    </section>
  );
}
