// A text that people copy: an id, a path, a command.

import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

import styles from "./CopyText.module.css";

interface Props {
  text: string;
  /** What it is, for screen readers: `Copy run id`. */
  what: string;
  /** A command of a shell, in a box of its own. */
  block?: boolean;
  /** Only the button. */
  bare?: boolean;
}

export function CopyText({ text, what, block = false, bare = false }: Props) {
  return (
    <span className={styles.copy} data-block={block || undefined}>
      {!bare && <code className={styles.text}>{text}</code>}
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? "Copied" : `Copy ${what}`}>
            <ActionIcon variant="subtle" color="gray" c="var(--mantine-color-dimmed)" size="sm" onClick={copy} aria-label={copied ? `Copied ${what}` : `Copy ${what}`}>
              {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
}
