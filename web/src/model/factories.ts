// Messages of the server as tests want them: each name says what the thing is like.

import type { Edge, Graph, Input, Node, RunDetail, RunSeries, RunSummary, Series, SeriesPoint, TaskSeries, TaskSummary } from "./messages";

const CREATED = "2026-01-02T10:00:00.000Z";
const STARTED = "2026-01-02T10:00:01.000Z";
const FINISHED = "2026-01-02T10:01:06.000Z";

const run = (change: Partial<RunSummary> = {}): RunSummary => ({
  run_id: "run-1",
  name: "digits 1",
  description: "",
  state: "PENDING",
  storage_state: "AVAILABLE",
  experiment: { experiment_id: "experiment-1", name: "Default" },
  pipeline: { name: "digits", pipeline_id: "", version_id: "", version_name: "" },
  created_at: CREATED,
  started_at: null,
  finished_at: null,
  error: "",
  pin_reason: "",
  pinned_at: null,
  tags: {},
  ...change,
});

export const runFactory = {
  pending: run,
  running: (change: Partial<RunSummary> = {}) => run({ state: "RUNNING", started_at: STARTED, ...change }),
  succeeded: (change: Partial<RunSummary> = {}) => run({ state: "SUCCEEDED", started_at: STARTED, finished_at: FINISHED, ...change }),
  failed: (change: Partial<RunSummary> = {}) =>
    run({ state: "FAILED", started_at: STARTED, finished_at: FINISHED, error: "train: ValueError: no rows", ...change }),
  canceled: (change: Partial<RunSummary> = {}) => run({ state: "CANCELED", started_at: STARTED, finished_at: FINISHED, ...change }),
  archived: (change: Partial<RunSummary> = {}) => run({ state: "SUCCEEDED", started_at: STARTED, finished_at: FINISHED, storage_state: "ARCHIVED", ...change }),
  detail: (change: Partial<RunDetail> = {}): RunDetail => ({
    ...run({ state: "RUNNING", started_at: STARTED }),
    seq: 10,
    parameters: {},
    defaults: {},
    outputs: { parameters: {}, artifacts: {} },
    failure: null,
    pipeline_root: "",
    service_account: "",
    runner: "local",
    environment: "",
    use_cache: true,
    keep_going: false,
    max_parallel: 0,
    nested_lists: false,
    strict_resources: false,
    timeout: 0,
    selection: { from_run: "", refresh: [], only: "", until: "" },
    driven_by: "engine-1",
    task_counts: {},
    retryable: false,
    git: null,
    ...change,
  }),
};

const task = (change: Partial<TaskSummary> = {}): TaskSummary => ({
  task_id: "train",
  display_name: "train",
  component: "comp-train",
  state: "WAITING",
  why: "",
  depends_on: [],
  started_at: null,
  finished_at: null,
  attempts: 0,
  cached: false,
  error: "",
  kind: "step",
  parent: "",
  index: null,
  ...change,
});

export const taskFactory = {
  waiting: task,
  running: (change: Partial<TaskSummary> = {}) => task({ state: "RUNNING", started_at: STARTED, attempts: 1, ...change }),
  succeeded: (change: Partial<TaskSummary> = {}) => task({ state: "SUCCEEDED", started_at: STARTED, finished_at: FINISHED, attempts: 1, ...change }),
  cached: (change: Partial<TaskSummary> = {}) => task({ state: "SUCCEEDED", cached: true, started_at: STARTED, finished_at: STARTED, ...change }),
  failed: (change: Partial<TaskSummary> = {}) =>
    task({ state: "FAILED", started_at: STARTED, finished_at: FINISHED, attempts: 1, error: "ValueError: no rows", ...change }),
};

const input = (change: Partial<Input> = {}): Input => ({
  name: "rows",
  type: "STRING",
  is_artifact: false,
  optional: false,
  has_default: false,
  default: null,
  description: "",
  literals: [],
  ...change,
});

export const inputFactory = {
  text: input,
  integer: (change: Partial<Input> = {}) => input({ type: "NUMBER_INTEGER", ...change }),
  double: (change: Partial<Input> = {}) => input({ type: "NUMBER_DOUBLE", ...change }),
  boolean: (change: Partial<Input> = {}) => input({ type: "BOOLEAN", ...change }),
  list: (change: Partial<Input> = {}) => input({ type: "LIST", ...change }),
  struct: (change: Partial<Input> = {}) => input({ type: "STRUCT", ...change }),
  withDefault: (type: string, value: unknown, change: Partial<Input> = {}) => input({ type, optional: true, has_default: true, default: value, ...change }),
  optional: (type: string, change: Partial<Input> = {}) => input({ type, optional: true, ...change }),
  artifact: (change: Partial<Input> = {}) => input({ type: "system.Dataset", is_artifact: true, ...change }),
};

const node = (id: string, change: Partial<Node> = {}): Node => ({
  id,
  label: id,
  kind: "task",
  parent: "",
  component: "",
  task_id: id,
  condition: "",
  open: false,
  can_open: false,
  steps: 1,
  states: {},
  cached: 0,
  groups: {},
  iterations: {},
  failed_iterations: [],
  ...change,
});

const edge = (source: string, target: string, change: Partial<Edge> = {}): Edge => ({ source, target, count: 1, label: "", ...change });

export const graphFactory = {
  node,
  edge,
  of: (nodes: Node[], edges: Edge[] = []): Graph => ({ nodes, edges, steps: nodes.length, seq: 0 }),
};

const point = (step: number, value: SeriesPoint["value"]): SeriesPoint => ({ step, value, at: STARTED });

/** A series of one attempt, with these values at steps 0, 1, …. */
const curve = (values: readonly SeriesPoint["value"][], change: Partial<Series> = {}): Series => {
  const points = values.map((value, step) => point(step, value));
  const numbers = values.filter((value) => typeof value === "number");
  return {
    output: "metrics",
    metric: "loss",
    count: points.length,
    not_finite: points.length - numbers.length,
    min: numbers.length === 0 ? null : Math.min(...numbers),
    max: numbers.length === 0 ? null : Math.max(...numbers),
    last: points.at(-1) ?? point(0, 0),
    parts: [{ attempt: 1, first_step: 0, count: points.length }],
    points,
    ...change,
  };
};

const ofTask = (series: Series[], change: Partial<TaskSeries> = {}): TaskSeries => ({
  task_id: "train",
  cached_from: null,
  attempts: [{ number: 1, next_offset: 100, complete: false, cut: false, damaged: 0, error: "" }],
  series,
  ...change,
});

export const seriesFactory = {
  point,
  curve,
  ofTask,
  ofRun: (tasks: TaskSeries[], change: Partial<RunSeries> = {}): RunSeries => ({ run_id: "run-1", tasks, truncated: false, ...change }),
};
