// What went wrong, in the author's terms: message, place, source line, what to do; the traceback folded.

import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";

import type { Failure } from "../../model/messages";
import { placeOf } from "../../model/run";
import { CopyText } from "../CopyText";
import { alertTone } from "../StateBadge";
import { Words } from "../Words";
import styles from "./run.module.css";

interface Props {
  failure: Failure;
  /** Instead of the type of the error. */
  title?: ReactNode;
  /** Nothing is wrong: somebody wanted it so. */
  calm?: boolean;
  children?: ReactNode;
}

export function FailureNote({ failure, title, calm = false, children }: Props) {
  const place = placeOf(failure);
  return (
    <Alert variant="outline" role={calm ? "status" : "alert"} className={styles.failure} vars={alertTone(calm ? "warn" : "bad")} icon={<IconAlertTriangle size={20} aria-hidden />} title={title ?? (failure.type === "" ? "Failed" : failure.type)}>
      <p className={styles.message}>{failure.message}</p>
      {place !== "" && (
        <p className={styles.place}>
          {place} {failure.file !== "" && <CopyText bare text={failure.line ? `${failure.file}:${failure.line}` : failure.file} what="the place" />}
        </p>
      )}
      {failure.source_line !== "" && (
        <pre className={styles.code} tabIndex={0} role="region" aria-label="The line that failed">
          {failure.line ? `${failure.line}  ` : ""}
          {failure.source_line}
        </pre>
      )}
      {failure.remedy !== "" && (
        <p className={styles.message} style={{ marginTop: "0.5rem" }}>
          <strong>What to do:</strong> <Words text={failure.remedy} />
        </p>
      )}
      {failure.traceback !== "" && (
        <details className={styles.details}>
          <summary>Traceback</summary>
          <pre className={styles.code} tabIndex={0} role="region" aria-label="Traceback">
            {failure.traceback}
          </pre>
        </details>
      )}
      {children}
    </Alert>
  );
}
