// Text as it is.

import styles from "./artifacts.module.css";

export function PlainText({ text, label }: { text: string; label: string }) {
  return (
    <pre className={styles.text} data-wrap tabIndex={0} role="region" aria-label={`Content of ${label}`}>
      {text}
    </pre>
  );
}
