// The HTML and Markdown of the compared runs: read when they are shown, and again when steps record something.

import { queryOptions, useQueries } from "@tanstack/react-query";
import { useState } from "react";

import { address, get } from "../api/client";
import { CompareReports } from "../components/run/CompareReports";
import { type Judged, REPORTS } from "../model/compare";
import type { RunArtifact, RunArtifacts } from "../model/messages";
import { ArtifactContent } from "./run-artifact";

/** Named as a part of the metrics: what makes the stream refresh those makes it refresh this. */
const reportsOf = (id: string) =>
  queryOptions({ queryKey: ["run", id, "metrics", "reports"], queryFn: ({ signal }) => get<RunArtifacts>(address(["runs", id, "artifacts"], { type: REPORTS }), signal), staleTime: 5_000 });

/** A run, and what its steps are called. */
export type NamedRun = Pick<Judged, "runId" | "name" | "steps">;

/** The reports of each run; `undefined` while no run is known to have one. */
export function useReports(runs: readonly NamedRun[]): RunArtifact[][] | undefined {
  const found = useQueries({ queries: runs.map((run) => reportsOf(run.runId)) }).map((one) => one.data?.artifacts ?? []);
  return found.some((reports) => reports.length > 0) ? found : undefined;
}

export function Reports({ runs, reports }: { runs: readonly NamedRun[]; reports: readonly RunArtifact[][] }) {
  return <CompareReports columns={runs.map((run, at) => ({ ...run, reports: reports[at] ?? [] }))} content={(report, run) => <Content key={report.artifact_id} report={report} run={run} />} />;
}

function Content({ report, run }: { report: RunArtifact; run: string }) {
  const [path, setPath] = useState("");
  return <ArtifactContent id={report.artifact_id} name={`${report.output} of ${run}`} path={path} download onPath={setPath} />;
}
