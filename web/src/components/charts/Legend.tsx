// What the lines of a chart are called; each can be hidden and shown.

import { useState } from "react";

import { dashOf, toneOf } from "./curves";
import classes from "./charts.module.css";
import type { LegendItem } from "./drawings";

interface Props {
  items: readonly LegendItem[];
  hidden: ReadonlySet<string>;
  onToggle: (id: string) => void;
}

/** The ids of lines that the reader has hidden, and what hides or shows one. */
export function useHidden(): [hidden: ReadonlySet<string>, toggle: (id: string) => void] {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) =>
    setHidden((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  return [hidden, toggle];
}

export function Legend({ items, hidden, onToggle }: Props) {
  return (
    <ul className={classes.legend}>
      {items.map(({ id, label, place }) => (
        <li key={id}>
          <svg aria-hidden height="10" width="28">
            <line stroke={toneOf(place)} strokeDasharray={dashOf(place)} strokeWidth="3" x1="0" x2="28" y1="5" y2="5" />
          </svg>
          <button aria-pressed={!hidden.has(id)} onClick={() => onToggle(id)} title="Hide or show this curve" type="button">
            {label}
          </button>
        </li>
      ))}
    </ul>
  );
}
