// What the author should know of a step that succeeded all the same: outputs that it never wrote.

import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

import { alertTone } from "../StateBadge";
import styles from "./run.module.css";

export function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (warnings.length === 0) return null;
  return (
    <Alert variant="outline" role="status" className={styles.failure} vars={alertTone("warn")} icon={<IconAlertTriangle size={20} aria-hidden />} title={warnings.length === 1 ? "A warning" : `${warnings.length} warnings`}>
      {warnings.map((warning) => (
        <p key={warning} className={styles.message}>
          {warning}
        </p>
      ))}
    </Alert>
  );
}
