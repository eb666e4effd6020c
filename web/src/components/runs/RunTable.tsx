// The table of runs.

import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { RunSummary } from "../../model/messages";
import { type Column, DataTable, type Selection, type Sorting } from "../DataTable";
import { Duration } from "../Duration";
import { StateBadge } from "../StateBadge";
import { Time } from "../Time";
import { PinMark } from "./PinMark";
import { PipelineLink } from "./PipelineLink";
import { TagChips } from "./TagChips";

/** Of a run in the list. */
const MOST_TAGS = 3;

const COLUMNS: readonly Column<RunSummary>[] = [
  { id: "name", label: "Run", sort: "name", card: "title", cell: (run) => <RunName run={run} /> },
  { id: "state", label: "State", width: "8.5rem", cell: (run) => <StateBadge state={run.state} /> },
  { id: "pipeline", label: "Pipeline", width: "15%", cell: (run) => <PipelineLink pipeline={run.pipeline} /> },
  { id: "experiment", label: "Experiment", width: "12%", cell: (run) => <ExperimentLink run={run} /> },
  { id: "created", label: "Created", sort: "created_at", width: "7.5rem", cell: (run) => <Time at={run.created_at} /> },
  { id: "finished", label: "Finished", sort: "finished_at", width: "7.5rem", cell: (run) => (run.finished_at === null ? <span aria-label="not finished">–</span> : <Time at={run.finished_at} />) },
  { id: "duration", label: "Duration", width: "7rem", cell: (run) => <Duration from={run.started_at} to={run.finished_at} /> },
];

interface Props {
  label: string;
  runs: readonly RunSummary[];
  sorting: Sorting;
  onSort: (sorting: Sorting) => void;
  selection: Selection;
  empty: ReactNode;
  loading: boolean;
  stale: boolean;
}

export function RunTable({ runs, ...table }: Props) {
  return <DataTable columns={COLUMNS} rows={runs} rowId={(run) => run.run_id} {...table} />;
}

export function RunName({ run }: { run: RunSummary }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Anchor fw={550} renderRoot={(props) => <Link to="/runs/$id" params={{ id: run.run_id }} {...props} />}>
        {run.name}
      </Anchor>
      {run.error !== "" && (
        <Text size="xs" c={run.state === "FAILED" ? "var(--tone-bad-text)" : "dimmed"} lineClamp={2} title={run.error}>
          {run.error}
        </Text>
      )}
      {run.error === "" && run.description !== "" && (
        <Text size="xs" c="dimmed" lineClamp={1}>
          {run.description}
        </Text>
      )}
      {run.pinned_at !== null && (
        <div>
          <PinMark run={run} />
        </div>
      )}
      {Object.keys(run.tags).length > 0 && (
        <div>
          <TagChips tags={run.tags} most={MOST_TAGS} />
        </div>
      )}
    </div>
  );
}

function ExperimentLink({ run }: { run: RunSummary }) {
  return (
    <Anchor inherit c="var(--mantine-color-text)" underline="hover" title={`Runs of ${run.experiment.name}`} renderRoot={(props) => <Link to="/runs" search={{ experiment: run.experiment.experiment_id }} {...props} />}>
      {run.experiment.name}
    </Anchor>
  );
}
