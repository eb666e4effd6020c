// What went wrong, in the author's terms: the beginning of the message, the place, what to do; all else folded.

import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";

import type { Failure } from "../../model/messages";
import { named, placeOf } from "../../model/run";
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

const LONG_MESSAGE = 160; // characters that are surely seen in full, but on phones

export function FailureNote({ failure, title, calm = false, children }: Props) {
  const place = placeOf(failure);
  return (
    <Alert variant="outline" role={calm ? "status" : "alert"} className={styles.failure} vars={alertTone(calm ? "warn" : "bad")} icon={<IconAlertTriangle size={20} aria-hidden />} title={title ?? (failure.type === "" ? "Failed" : failure.type)}>
      <p className={`${styles.message ?? ""} ${styles.brief ?? ""}`}>{failure.message}</p>
      {(place !== "" || children !== undefined) && (
        <div className={styles.where}>
          {children}
          {place !== "" && (
            <span className={styles.place} title={failure.file}>
              {place} {failure.file !== "" && <CopyText bare text={failure.line ? `${failure.file}:${failure.line}` : failure.file} what="the place" />}
            </span>
          )}
        </div>
      )}
      {failure.remedy !== "" && (
        <p className={styles.message} style={{ marginTop: "0.4rem" }}>
          <strong>What to do:</strong> <Words text={failure.remedy} />
        </p>
      )}
      <Folded failure={failure} />
    </Alert>
  );
}

/** What only some readers need. */
function Folded({ failure }: { failure: Failure }) {
  const long = failure.message.length > LONG_MESSAGE || failure.message.includes("\n");
  const folded = [long && "the whole message", failure.source_line !== "" && "the line", failure.traceback !== "" && "the traceback"].filter((part) => part !== false);
  if (folded.length === 0) return null;
  return (
    <details className={styles.details}>
      <summary>Show {named(folded)}</summary>
      {long && <p className={styles.message}>{failure.message}</p>}
      {failure.source_line !== "" && (
        <pre className={styles.code} data-wrap tabIndex={0} role="region" aria-label="The line that failed">
          {failure.line ? `${failure.line}  ` : ""}
          {failure.source_line}
        </pre>
      )}
      {failure.traceback !== "" && (
        <pre className={styles.code} tabIndex={0} role="region" aria-label="Traceback">
          {failure.traceback}
        </pre>
      )}
    </details>
  );
}
