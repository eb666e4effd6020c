// JSON as a tree that folds; as text where only its beginning is there.

import { Button, Group, SegmentedControl } from "@mantine/core";
import { useMemo, useState } from "react";

import { childrenOf, contentsOf, type Json, parsed, plainText } from "../../model/previews";
import styles from "./artifacts.module.css";
import { PlainText } from "./PlainText";

const AT_ONCE = 200; // values of one level that are drawn before the reader asks for more

export function JsonTree({ text, label }: { text: string; label: string }) {
  const value = useMemo(() => parsed(text), [text]);
  const [view, setView] = useState("tree");
  if (value === undefined) return <PlainText text={text} label={label} />;
  return (
    <div>
      <Group mb={6}>
        <SegmentedControl
          aria-label="How the JSON is shown"
          size="xs"
          value={view}
          onChange={setView}
          data={[
            { value: "tree", label: "Tree" },
            { value: "text", label: "Text" },
          ]}
        />
      </Group>
      {view === "text" ? (
        <PlainText text={text} label={label} />
      ) : (
        <div className={styles.tree} tabIndex={0} role="region" aria-label={`Content of ${label}`}>
          <ul>
            <Value name="" value={value} depth={0} />
          </ul>
        </div>
      )}
    </div>
  );
}

/** A value without frame, for a parameter. */
export function JsonValue({ value, label }: { value: Json; label: string }) {
  return (
    <div className={styles.tree} tabIndex={0} role="region" aria-label={label}>
      <ul>
        <Value name="" value={value} depth={0} />
      </ul>
    </div>
  );
}

function Value({ name, value, depth }: { name: string; value: Json; depth: number }) {
  const [open, setOpen] = useState(depth < 2);
  const [most, setMost] = useState(AT_ONCE);
  const contents = contentsOf(value);
  if (contents === "") {
    return (
      <li className={styles.leaf}>
        <Name name={name} />
        <span className={typeof value === "string" ? styles.string : styles.plain}>{plainText(value)}</span>
      </li>
    );
  }
  const children = childrenOf(value);
  return (
    <li>
      <button type="button" className={styles.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
        <span aria-hidden className={styles.arrow}>
          {open ? "▾" : "▸"}
        </span>
        <span>
          <Name name={name} />
          <span className={styles.contents}>
            {Array.isArray(value) ? "[ ]" : "{ }"} {contents}
          </span>
        </span>
      </button>
      {open && children.length > 0 && (
        <ul>
          {children.slice(0, most).map(([key, child]) => (
            <Value key={key} name={key} value={child} depth={depth + 1} />
          ))}
          {children.length > most && (
            <li>
              <Button size="compact-xs" variant="default" onClick={() => setMost(most + AT_ONCE)}>
                {children.length - most} more
              </Button>
            </li>
          )}
        </ul>
      )}
    </li>
  );
}

function Name({ name }: { name: string }) {
  return name === "" ? null : (
    <>
      <span className={styles.key}>{name}</span>
      {": "}
    </>
  );
}
