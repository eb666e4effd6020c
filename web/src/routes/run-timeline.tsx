// The timeline of a run: its steps and all its events, until now while it goes on.

import { useComputedColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";

import { tasksOf } from "../api/queries";
import { saveCsv } from "../components/charts/save";
import type { Saving } from "../components/charts/SaveMenu";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { LoadingPage } from "../components/LoadingPage";
import { pngOf } from "../components/pictures";
import { TimelineView } from "../components/run/TimelineView";
import { saveBlob, saveText } from "../components/saving";
import { useNow } from "../components/useNow";
import { fileName } from "../model/files";
import type { RunDetail } from "../model/messages";
import { hasEnded } from "../model/states";
import { type Lane, timeline } from "../model/timeline";
import { sizeOf, TIMELINE_COLUMNS, timelineRows, timelineSvg } from "../model/timeline-drawing";
import { useEvents, useSelect } from "./run-tabs";

const route = getRouteApi("/runs/$id");
const MOST_DRAWN = 300; // lanes of a picture

export function RunTimeline({ run }: { run: RunDetail }) {
  const search = route.useSearch();
  const select = useSelect();
  const scheme = useComputedColorScheme("light");
  const tasks = useQuery(tasksOf(run.run_id));
  const { events, error, again } = useEvents(run.run_id, run.seq);
  const now = useNow(!hasEnded(run.state));
  const shown = useMemo(() => (tasks.data && events ? timeline(tasks.data.tasks, events, now) : undefined), [tasks.data, events, now]);
  const failed = tasks.error ?? error;
  if (failed && !shown) return <ErrorNote error={failed} onRetry={() => (tasks.error ? void tasks.refetch() : again())} />;
  if (!shown || !tasks.data) return <LoadingPage height="12rem" />;
  if (shown.lanes.length === 0) return <EmptyState title="This pipeline has no steps">There is nothing that could take time.</EmptyState>;
  const name = (ending: string): string => fileName([run.name, "timeline"], ending);
  const waysToSave = (lanes: readonly Lane[]): Saving[] => {
    const drawn = lanes.slice(0, MOST_DRAWN);
    const svg = (): string => timelineSvg(shown, drawn, scheme);
    return [
      { label: "PNG", save: () => void pngOf(svg(), sizeOf(drawn.length)).then((picture) => saveBlob(name("png"), picture)) },
      { label: "SVG", save: () => saveText(name("svg"), svg(), "image/svg+xml") },
      { label: "CSV", save: () => saveCsv(name("csv"), TIMELINE_COLUMNS, timelineRows(lanes)) },
    ];
  };
  return <TimelineView tasks={tasks.data.tasks} timeline={shown} selected={search.task} onSelect={select} waysToSave={waysToSave} />;
}
