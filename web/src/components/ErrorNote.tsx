// An error in full: each problem with its place and what to do about it.

import { Alert, Button, Code } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

import type { ProblemText } from "../model/messages";
import { troubleFrom } from "../model/problems";
import styles from "./ErrorNote.module.css";
import { alertTone } from "./StateBadge";
import { Words } from "./Words";

interface Props {
  error: unknown;
  title?: string;
  /** Offers to try again. */
  onRetry?: () => void;
}

/** An error that was thrown. */
export function ErrorNote({ error, title, onRetry }: Props) {
  const { problems } = troubleFrom(error);
  return <ProblemsNote problems={problems} title={title} onRetry={onRetry} />;
}

/** Problems that the server lists. `calm`: they stand against something, but nothing has failed. */
export function ProblemsNote({ problems, title, onRetry, calm = false }: { problems: readonly ProblemText[]; title?: string; onRetry?: () => void; calm?: boolean }) {
  return (
    <Alert role="alert" variant="outline" vars={alertTone(calm ? "warn" : "bad")} title={title} icon={<IconAlertTriangle size={20} aria-hidden />}>
      <ul className={styles.list}>
        {problems.map((problem, index) => (
          <li key={index}>
            <ProblemLine problem={problem} />
          </li>
        ))}
      </ul>
      {onRetry !== undefined && (
        <Button size="compact-sm" variant="default" mt="xs" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

/** Without `place` where the problem stands at its place already; nor is one named that the message begins with. */
export function ProblemLine({ problem, place = true }: { problem: ProblemText; place?: boolean }) {
  return (
    <>
      {place && problem.place !== "" && !problem.message.startsWith(problem.place) && (
        <>
          <Code className={styles.place}>{problem.place}</Code>{" "}
        </>
      )}
      <span className={styles.message}>
        <Words text={problem.message} />
      </span>
      {problem.remedy !== "" && (
        <span className={styles.remedy}>
          <Words text={problem.remedy} />
        </span>
      )}
    </>
  );
}
