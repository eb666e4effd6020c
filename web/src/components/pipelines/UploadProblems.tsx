// What stands against an uploaded file, each problem with the lines of the file where it is.

import { Alert } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

import type { ProblemText } from "../../model/messages";
import { excerpt } from "../../model/packages";
import { ProblemLine } from "../ErrorNote";
import note from "../ErrorNote.module.css";
import { alertTone } from "../StateBadge";
import styles from "./UploadProblems.module.css";

export function UploadProblems({ problems, text }: { problems: readonly ProblemText[]; text: string }) {
  const title = problems.length === 1 ? "The pipeline was not taken" : `The pipeline was not taken: ${problems.length} problems`;
  return (
    <Alert role="alert" variant="outline" vars={alertTone("bad")} title={title} icon={<IconAlertTriangle size={20} aria-hidden />} mt="md" maw="46rem">
      <ul className={note.list}>
        {problems.map((problem, index) => (
          <li key={index}>
            <ProblemLine problem={problem} />
            <Lines text={text} problem={problem} />
          </li>
        ))}
      </ul>
    </Alert>
  );
}

function Lines({ text, problem }: { text: string; problem: ProblemText }) {
  const lines = excerpt(text, problem);
  if (lines.length === 0) return null;
  return (
    <pre className={styles.lines} aria-label="The lines there">
      {lines.map((line) => (
        <span key={line.number} className={styles.line} data-wrong={line.wrong || undefined}>
          <span className={styles.number}>{line.number}</span>
          {line.text}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}
