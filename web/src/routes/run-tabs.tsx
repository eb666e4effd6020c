// The tabs of a run's page that read something of their own: graph, steps, timeline, metrics, pipeline, events.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useEffect, useEffectEvent, useMemo } from "react";

import { graphOfRun, metricsOf, specOfRun, tasksOf } from "../api/queries";
import { allEventsOf, MOST_EVENTS, readEvents } from "../api/run-queries";
import { useWatch } from "../api/stream";
import { Code } from "../components/Code";
import { ErrorNote, ProblemsNote } from "../components/ErrorNote";
import { LoadingPage } from "../components/LoadingPage";
import { EventTable } from "../components/run/EventTable";
import { MetricsView } from "../components/run/MetricsView";
import { StepTable } from "../components/run/StepTable";
import { TaskGraph } from "../components/TaskGraph";
import { openAfter } from "../model/graphs";
import type { Event, RunDetail } from "../model/messages";
import { updatedEvents } from "../model/run";
import { type AnyState, LOOKS } from "../model/states";
import { namesOf, placeOf } from "../model/steps";
import { useSeries } from "./run-series";

const route = getRouteApi("/runs/$id");

/** Opens the panel of a step. */
export function useSelect(): (task: string) => void {
  const navigate = route.useNavigate();
  return useCallback((task: string) => void navigate({ search: (before) => ({ ...before, task, attempt: undefined }), resetScroll: false }), [navigate]);
}

export function RunGraph({ run }: { run: RunDetail }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const select = useSelect();
  const open = search.open ?? [];
  const graph = useQuery(graphOfRun(run.run_id, open));
  const tasks = useQuery(tasksOf(run.run_id)).data?.tasks;
  // In a loop a node stands for the steps of all rounds: they are listed to choose from.
  const choose = (place: string): void => {
    const there = tasks?.filter((task) => placeOf(task.task_id) === place) ?? [];
    const [only] = there;
    if (only !== undefined && there.length === 1) select(only.task_id);
    else if (only !== undefined) void navigate({ search: (before) => ({ ...before, tab: "steps", state: [], text: place }), resetScroll: false });
  };
  const opened = (id: string, wanted: boolean): void => void navigate({ search: (before) => ({ ...before, open: openAfter(before.open ?? [], id, wanted) }), replace: true, resetScroll: false });
  if (graph.error && !graph.data) return <ErrorNote error={graph.error} onRetry={() => void graph.refetch()} />;
  if (!graph.data) return <LoadingPage height="20rem" />;
  return (
    <TaskGraph
      graph={graph.data}
      name={run.name}
      selected={search.task === undefined ? null : placeOf(search.task)}
      onSelect={(node) => {
        if (node.task_id !== "") select(node.task_id);
        else if (node.kind === "task") choose(node.id);
        else if (node.kind === "dag" && tasks?.some((task) => task.task_id === node.id)) select(node.id);
        else if (node.can_open) opened(node.id, !node.open);
      }}
      onOpen={(node, wanted) => opened(node.id, wanted)}
    />
  );
}

export function RunSteps({ id }: { id: string }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const select = useSelect();
  const tasks = useQuery(tasksOf(id));
  if (tasks.error && !tasks.data) return <ErrorNote error={tasks.error} onRetry={() => void tasks.refetch()} />;
  if (!tasks.data) return <LoadingPage height="12rem" />;
  return (
    <StepTable
      tasks={tasks.data.tasks}
      filter={{ states: (search.state ?? []).filter((state): state is AnyState => Object.hasOwn(LOOKS, state)), text: search.text ?? "" }}
      selected={search.task}
      onFilter={(filter) => void navigate({ search: (before) => ({ ...before, state: [...filter.states], text: filter.text === "" ? undefined : filter.text }), replace: true, resetScroll: false })}
      onSelect={select}
    />
  );
}

export function RunMetrics({ run }: { run: RunDetail }) {
  const select = useSelect();
  const metrics = useQuery(metricsOf(run.run_id));
  const series = useSeries(run.run_id);
  const tasks = useQuery(tasksOf(run.run_id)).data?.tasks;
  const names = useMemo(() => namesOf(tasks ?? []), [tasks]);
  if (metrics.error && !metrics.data) return <ErrorNote error={metrics.error} onRetry={() => void metrics.refetch()} />;
  if (series.error && !series.data) return <ErrorNote error={series.error} onRetry={() => void series.refetch()} />;
  if (!metrics.data || !series.data) return <LoadingPage height="12rem" />;
  return <MetricsView metrics={metrics.data} series={series.data} steps={names} name={run.name} running={run.finished_at === null} onStep={select} />;
}

export function RunSpec({ id }: { id: string }) {
  const spec = useQuery(specOfRun(id));
  if (spec.error && !spec.data) return <ErrorNote error={spec.error} onRetry={() => void spec.refetch()} />;
  if (!spec.data) return <LoadingPage height="12rem" />;
  return (
    <>
      {spec.data.problems.length > 0 && <ProblemsNote calm problems={spec.data.problems} title="What stands against this pipeline" />}
      <Code text={spec.data.yaml} language="yaml" label="The pipeline's file" />
    </>
  );
}

const BEHIND = 600; // milliseconds that the stream may take before what is missing is read

/** All events of a run, also those that come. `seq`: of the latest one that is known to be there. */
export function useEvents(id: string, seq: number): { events: Event[] | undefined; error: unknown; cut: boolean; again: () => void } {
  const queries = useQueryClient();
  const query = useQuery(allEventsOf(id));
  const { data: events } = query;
  const last = events?.at(-1)?.seq ?? 0;
  const cut = (events?.length ?? 0) >= MOST_EVENTS;
  const add = useEffectEvent((more: readonly Event[]) => queries.setQueryData<Event[]>(allEventsOf(id).queryKey, (known) => known && updatedEvents(known, more)));
  const watched = events !== undefined && !cut;
  useWatch(watched ? { runs: [{ id, seq: last }] } : null, (message) => {
    if (message.kind !== "run" || message.update.run.run_id !== id) return;
    const { events: told } = message.update;
    const first = told.findIndex((event) => event.seq === last + 1);
    if (first >= 0) queries.setQueryData<Event[]>(allEventsOf(id).queryKey, (known) => known && updatedEvents(known, told));
  });
  const behind = watched && seq > last;
  useEffect(() => {
    if (!behind) return;
    const abort = new AbortController();
    const timer = setTimeout(() => void readEvents(id, last, abort.signal).then(add, () => undefined), BEHIND);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [behind, id, last]);
  return { events, error: query.error, cut, again: () => void query.refetch() };
}

export function RunEvents({ run }: { run: RunDetail }) {
  const select = useSelect();
  const { events, error, cut, again } = useEvents(run.run_id, run.seq);
  if (error && !events) return <ErrorNote error={error} onRetry={again} />;
  if (!events) return <LoadingPage height="12rem" />;
  return <EventTable events={events} name={run.name} cut={cut} onStep={select} />;
}
