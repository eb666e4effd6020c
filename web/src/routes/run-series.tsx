// Series of metrics of a run and of its steps: read once, then told by the stream as they grow.

import { useQueries, useQuery, type UseQueryResult } from "@tanstack/react-query";

import { tasksOf } from "../api/queries";
import { seriesOf } from "../api/run-queries";
import { useWatch } from "../api/stream";
import { ErrorNote } from "../components/ErrorNote";
import { LoadingPage } from "../components/LoadingPage";
import { CompareSeries } from "../components/run/CompareSeries";
import { SeriesView } from "../components/run/SeriesView";
import type { Judged } from "../model/compare";
import type { RunSeries } from "../model/messages";
import { growing } from "../model/series-news";

/** The series of a run, or of one of its steps. */
export function useSeries(id: string, task = ""): UseQueryResult<RunSeries> {
  const series = useQuery(seriesOf(id, task));
  const tasks = useQuery(tasksOf(id)).data?.tasks;
  useWatch(series.data && tasks ? { series: growing(tasks, series.data, task) } : null);
  return series;
}

/** The charts of one step; nothing if it has logged no metric with a step. */
export function StepSeries({ run, task, name }: { run: string; task: string; name: string }) {
  const series = useSeries(run, task);
  if (series.error && !series.data) return <ErrorNote error={series.error} onRetry={() => void series.refetch()} />;
  if (!series.data?.tasks.some((one) => one.series.length > 0)) return null;
  return <SeriesView heading={() => null} nameOf={() => name} series={series.data} />;
}

/** The curves of runs that are compared, on the same charts. */
export function RunsSeries({ runs }: { runs: readonly Judged[] }) {
  const series = useQueries({ queries: runs.map((run) => seriesOf(run.runId)) });
  const tasks = useQueries({ queries: runs.map((run) => tasksOf(run.runId)) });
  useWatch({
    series: runs.flatMap((_, at) => {
      const [known, all] = [series[at]?.data, tasks[at]?.data?.tasks];
      return known && all ? growing(all, known) : [];
    }),
  });
  const failed = series.find((one) => one.error && !one.data);
  if (failed) return <ErrorNote error={failed.error} onRetry={() => void failed.refetch()} />;
  if (series.some((one) => one.isPending)) return <LoadingPage height="12rem" />;
  return <CompareSeries runs={runs.map((run, at) => ({ ...run, series: series[at]?.data }))} />;
}
