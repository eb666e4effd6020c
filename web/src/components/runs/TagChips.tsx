// The tags of a run as chips; each leads to the runs that have it.

import { Link } from "@tanstack/react-router";

import { type Tags, textsOf } from "../../model/tags";
import styles from "./TagChips.module.css";

interface Props {
  tags: Tags;
  /** How many are shown at most. */
  most?: number;
}

export function TagChips({ tags, most = Infinity }: Props) {
  const texts = textsOf(tags);
  if (texts.length === 0) return null;
  const rest = texts.slice(most);
  return (
    <span className={styles.chips} role="group" aria-label="Tags">
      {texts.slice(0, most).map((text) => (
        <Link key={text} className={styles.chip} to="/runs" search={{ tag: [text] }} title={`Runs with tag ${text}`}>
          {text.endsWith("=") ? text.slice(0, -1) : text}
        </Link>
      ))}
      {rest.length > 0 && (
        <span className={styles.chip} title={rest.join(", ")}>
          +{rest.length}
        </span>
      )}
    </span>
  );
}
