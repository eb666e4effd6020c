// The compared runs themselves: how they are, what they ran, when and how long.

import type { RunDetail } from "../../model/messages";
import { gitText, sameCommit } from "../../model/recorded";
import { Duration } from "../Duration";
import { StateBadge } from "../StateBadge";
import { Time } from "../Time";
import styles from "./compare.module.css";
import { type CompareColumn, CompareTable } from "./CompareTable";

export function CompareOverview({ columns, runs }: { columns: readonly CompareColumn[]; runs: readonly RunDetail[] }) {
  const row = (name: string, cell: (run: RunDetail) => React.ReactNode) => ({ id: name, heading: name, cells: runs.map(cell) });
  return (
    <CompareTable
      label="The compared runs"
      corner="Run"
      columns={columns}
      rows={[
        row("State", (run) => (
          <>
            <StateBadge state={run.state} />
            {run.error !== "" && <div className={styles.hint}>{run.error}</div>}
          </>
        )),
        row("Pipeline", (run) => [run.pipeline.name, run.pipeline.version_name].filter((name, at, all) => name !== "" && all.indexOf(name) === at).join(", ")),
        row("Experiment", (run) => run.experiment.name),
        row("Started", (run) => <Time at={run.started_at ?? run.created_at} full />),
        row("Duration", (run) => <Duration from={run.started_at} to={run.finished_at} />),
        row("Cache", (run) => (run.use_cache ? "used" : "not used")),
        { ...row("Git", (run) => <span title={run.git?.commit}>{gitText(run.git)}</span>), differs: !sameCommit(runs.map((run) => run.git)) },
      ]}
    />
  );
}
