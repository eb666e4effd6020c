// What pages read and do, by name: options for TanStack Query. Keys begin with what the thing is, so that one call can invalidate all of it.

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import type {
  About,
  ArtifactDetail,
  BulkAction,
  BulkResponse,
  FromUrl,
  Graph,
  LogMatches,
  LogPart,
  Metrics,
  PipelineList,
  PipelineSummary,
  Preview,
  RunCode,
  RunDetail,
  RunList,
  SpecView,
  TaskDetail,
  TaskList,
  VersionDetail,
  VersionList,
} from "../model/messages";
import { meanwhile } from "../model/streaming";
import { address, get, kfpAddress, post, type Query, remove, upload } from "./client";
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

/** What never changes once it is there. */
const FOR_EVER = { staleTime: Infinity } as const;
/** What the stream keeps up to date: read again only when it is asked for anew. */
const LIVE = { staleTime: 5_000 } as const;

export const aboutServer = () => queryOptions({ queryKey: ["about"], queryFn: ({ signal }) => get<About>(address(["about"]), signal), ...FOR_EVER });

// ---------------------------------------------------------------- runs

/** A list of runs; the query is that of `GET /runs`. */
export const runsOf = (query: Query) =>
  queryOptions({ queryKey: ["runs", query], queryFn: ({ signal }) => get<RunList>(address(["runs"], query), signal), placeholderData: keepPreviousData, ...LIVE });

export const runOf = (id: string) => queryOptions({ queryKey: ["run", id], queryFn: ({ signal }) => get<RunDetail>(address(["runs", id]), signal), ...LIVE });

const TASKS_AT_ONCE = 1_000;

/** All steps of a run. */
export const tasksOf = (id: string) => queryOptions({ queryKey: ["run", id, "tasks"], queryFn: ({ signal }) => meanwhile.reading(id, () => allTasks(id, signal)), ...LIVE });

async function allTasks(id: string, signal: AbortSignal): Promise<TaskList> {
  const read = (token: string) => get<TaskList>(address(["runs", id, "tasks"], { page_size: TASKS_AT_ONCE, page_token: token }), signal);
  let part = await read("");
  const { tasks, seq } = part;
  while (part.next_page_token !== "") {
    part = await read(part.next_page_token);
    tasks.push(...part.tasks);
  }
  return { tasks, seq, next_page_token: "" };
}

export const taskOf = (id: string, task: string) =>
  queryOptions({ queryKey: ["run", id, "task", task], queryFn: ({ signal }) => get<TaskDetail>(address(["runs", id, "tasks", task]), signal), ...LIVE });

export const graphOfRun = (id: string, open: readonly string[]) =>
  queryOptions({
    queryKey: ["run", id, "graph", open],
    queryFn: ({ signal }) => get<Graph>(address(["runs", id, "graph"], { open }), signal),
    placeholderData: keepPreviousData,
    ...LIVE,
  });

export const specOfRun = (id: string) => queryOptions({ queryKey: ["run", id, "spec"], queryFn: ({ signal }) => get<SpecView>(address(["runs", id, "spec"]), signal), ...FOR_EVER });

/** The digests of what was executed for a run, by component. */
export const codeOf = (id: string) => queryOptions({ queryKey: ["run", id, "code"], queryFn: ({ signal }) => get<RunCode>(address(["runs", id, "code"]), signal), ...LIVE });

export const metricsOf = (id: string) => queryOptions({ queryKey: ["run", id, "metrics"], queryFn: ({ signal }) => get<Metrics>(address(["runs", id, "metrics"]), signal), ...LIVE });

/** The parts of the address of an attempt's log. */
export interface LogOf {
  run: string;
  task: string;
  attempt: number;
}

const logPath = (log: LogOf, ...more: string[]) => ["runs", log.run, "tasks", log.task, "attempts", log.attempt, "log", ...more];

/** A piece of a log; a negative offset counts from the end. Not cached: logs are followed by the stream. */
export const readLog = (log: LogOf, offset: number, limit?: number, signal?: AbortSignal): Promise<LogPart> =>
  get<LogPart>(address(logPath(log), { offset, limit }), signal);

export const searchLog = (log: LogOf, text: string, offset: number, signal?: AbortSignal): Promise<LogMatches> =>
  get<LogMatches>(address(logPath(log, "search"), { text, offset }), signal);

export const logDownload = (log: LogOf): string => address(logPath(log, "download"));

/** One action on several runs; each has its own result. */
export const actOnRuns = ({ action, ids }: { action: BulkAction; ids: readonly string[] }): Promise<BulkResponse> =>
  post<BulkResponse>(address(["runs", "batch"]), { action, run_ids: ids });

/** What is sent to start a run; KFP's message. */
export type NewRun = Schemas["Run"] & Pick<Required<Schemas["Run"]>, "display_name">;

/** A run that there is. KFP's API leaves out what is empty; an id never is. */
export type KfpRun = Schemas["Run"] & Pick<Required<Schemas["Run"]>, "run_id">;

/** What KFP's message has no words for is said beside it. */
export const startRun = (run: NewRun, beside: Query): Promise<KfpRun> => post<KfpRun>(kfpAddress(["runs"], beside), run);

/** A run as KFP's API tells it: with the spec that a run like it is started from. */
export const kfpRunOf = (id: string) => queryOptions({ queryKey: ["run", id, "kfp"], queryFn: ({ signal }) => get<KfpRun>(kfpAddress(["runs", id]), signal), ...FOR_EVER });

// ---------------------------------------------------------------- experiments

export type Experiment = Schemas["Experiment"] & Pick<Required<Schemas["Experiment"]>, "experiment_id" | "display_name">;

/** One page of them, as KFP's API tells it. */
interface Experiments {
  experiments?: Experiment[];
}

const experimentFilter = (name: string): string => {
  const predicates = [{ key: "storage_state", operation: "NOT_EQUALS", string_value: "ARCHIVED" }];
  return JSON.stringify({ predicates: name === "" ? predicates : [...predicates, { key: "name", operation: "IS_SUBSTRING", string_value: name }] });
};

/** Experiments whose names hold a text, those that were used last first. */
export const experimentsOf = (name = "") =>
  queryOptions({
    queryKey: ["experiments", name],
    queryFn: async ({ signal }) =>
      (await get<Experiments>(kfpAddress(["experiments"], { page_size: 50, sort_by: "last_run_created_at desc", filter: experimentFilter(name) }), signal)).experiments ?? [],
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });

export const experimentOf = (id: string) =>
  queryOptions({ queryKey: ["experiment", id], queryFn: ({ signal }) => get<Experiment>(kfpAddress(["experiments", id]), signal), staleTime: 60_000 });

export const createExperiment = (name: string): Promise<Experiment> => post<Experiment>(kfpAddress(["experiments"]), { display_name: name });

// ---------------------------------------------------------------- pipelines

export const pipelinesOf = (query: Query) =>
  queryOptions({
    queryKey: ["pipelines", query],
    queryFn: ({ signal }) => get<PipelineList>(address(["pipelines"], query), signal),
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  });

export const pipelineOf = (id: string) =>
  queryOptions({ queryKey: ["pipeline", id], queryFn: ({ signal }) => get<PipelineSummary>(address(["pipelines", id]), signal), staleTime: 5_000 });

export const versionsOf = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["pipeline", id, "versions"],
    queryFn: ({ pageParam, signal }) => get<VersionList>(address(["pipelines", id, "versions"], { page_size: 50, page_token: pageParam }), signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
    staleTime: 5_000,
  });

export const versionOf = (id: string, version: string) =>
  queryOptions({
    queryKey: ["pipeline", id, "version", version],
    queryFn: ({ signal }) => get<VersionDetail>(address(["pipelines", id, "versions", version]), signal),
    ...FOR_EVER,
  });

export const graphOfVersion = (id: string, version: string, open: readonly string[]) =>
  queryOptions({
    queryKey: ["pipeline", id, "version", version, "graph", open],
    queryFn: ({ signal }) => get<Graph>(address(["pipelines", id, "versions", version, "graph"], { open }), signal),
    placeholderData: keepPreviousData,
    ...FOR_EVER,
  });

/** A file to upload; with `pipeline_id` as a new version of that pipeline. */
export interface Upload {
  file: File;
  name: string;
  description: string;
  pipeline_id: string;
  version_name: string;
}

export const uploadPipeline = ({ file, ...query }: Upload): Promise<VersionDetail> => upload<VersionDetail>(address(["pipelines", "upload"], query), file, file.name);

export const fetchPipeline = (from: FromUrl): Promise<VersionDetail> => post<VersionDetail>(address(["pipelines", "from-url"]), from);

export const deletePipeline = (id: string): Promise<unknown> => remove(kfpAddress(["pipelines", id], { cascade: true }));

export const deleteVersion = ({ id, version }: { id: string; version: string }): Promise<unknown> => remove(kfpAddress(["pipelines", id, "versions", version]));

// ---------------------------------------------------------------- artifacts

export const artifactOf = (id: string) => queryOptions({ queryKey: ["artifact", id], queryFn: ({ signal }) => get<ArtifactDetail>(address(["artifacts", id]), signal), staleTime: 10_000 });

export const previewOf = (id: string, path = "") =>
  queryOptions({ queryKey: ["artifact", id, "preview", path], queryFn: ({ signal }) => get<Preview>(address(["artifacts", id, "preview"], { path }), signal), staleTime: 10_000 });

/** Where an artifact's bytes are: to download, or to show an image or sandboxed HTML. */
export const contentAddress = (id: string, path = "", how: { view?: "raw" | "html"; download?: boolean } = {}): string =>
  address(["artifacts", id, "content"], { path, view: how.view, download: how.download === true ? 1 : undefined });

/** Where a folder is, all of it in one file. */
export const archiveAddress = (id: string, path = ""): string => address(["artifacts", id, "archive"], { path });
