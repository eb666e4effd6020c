// A short list of runs: what each is, how long it takes or took, and what went wrong.

import { Anchor, Skeleton } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import type { RunSummary } from "../../model/messages";
import { hasEnded } from "../../model/states";
import { Duration } from "../Duration";
import { StateBadge } from "../StateBadge";
import { Time } from "../Time";
import styles from "./home.module.css";

interface Props {
  runs: readonly RunSummary[] | undefined;
  /** Stands there when there are none. */
  none: string;
  /** Leaves out what went wrong. */
  brief?: boolean;
}

export function RunLines({ runs, none, brief = false }: Props) {
  if (runs === undefined) return <Skeleton height="3.5rem" />;
  if (runs.length === 0) return <p className={styles.none}>{none}</p>;
  return (
    <ul className={styles.lines}>
      {runs.map((run) => (
        <li key={run.run_id} className={styles.line}>
          <StateBadge state={run.state} compact />
          <div className={styles.words}>
            <Anchor fw={550} renderRoot={(props) => <Link to="/runs/$id" params={{ id: run.run_id }} {...props} />}>
              {run.name}
            </Anchor>
            <div className={styles.small}>
              {run.pipeline.name}
              {run.experiment.name !== "Default" && <> · {run.experiment.name}</>}
            </div>
            {run.error !== "" && !brief && (
              <div className={styles.error} title={run.error}>
                {run.error}
              </div>
            )}
          </div>
          <div className={styles.when}>
            {run.started_at !== null && (
              <div>
                <Duration from={run.started_at} to={run.finished_at} />
              </div>
            )}
            <div className={styles.small}>
              <Time at={hasEnded(run.state) ? (run.finished_at ?? run.created_at) : run.created_at} />
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}
