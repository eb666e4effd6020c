// Runs as rows of a file.

import { spanOf } from "./durations";
import type { RunSummary } from "./messages";
import { textsOf } from "./tags";

export const RUN_COLUMNS = ["run_id", "name", "state", "pipeline", "version", "experiment", "created_at", "started_at", "finished_at", "seconds", "error", "description", "tags"] as const;

export function runRow(run: RunSummary): (string | number | null)[] {
  const seconds = run.finished_at === null ? null : spanOf(run.started_at, run.finished_at, 0);
  return [
    run.run_id,
    run.name,
    run.state,
    run.pipeline.name,
    run.pipeline.version_name,
    run.experiment.name,
    run.created_at,
    run.started_at,
    run.finished_at,
    seconds,
    run.error,
    run.description,
    textsOf(run.tags).join("; "),
  ];
}
