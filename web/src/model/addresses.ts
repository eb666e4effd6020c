// What the addresses of pages hold after `?`, and how it is written: plain words, repeated for lists.

import { isRunState } from "./states";
import type { RunState } from "./messages";

export type Raw = Record<string, unknown>;

/** `?a=1&b=2&b=3` as `{a: "1", b: ["2", "3"]}`: nothing is taken for a number or a boolean. */
export function parseSearch(search: string): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(search)) {
    const before = found[name];
    found[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return found;
}

/** The reverse of `parseSearch`; what is empty, false or undefined is left out. */
export function writeSearch(search: Raw): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    for (const one of values) if (typeof one === "string" ? one !== "" : typeof one === "number" || one === true) query.append(name, String(one));
  }
  const text = query.toString();
  return text === "" ? "" : `?${text}`;
}

/** One text; the first if there are several. */
export function text(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return (typeof first === "string" && first !== "") || typeof first === "number" ? String(first) : undefined;
}

/** All texts, each once. */
export function texts(value: unknown): string[] {
  const all: unknown[] = Array.isArray(value) ? value : [value];
  return [...new Set(all.filter((one): one is string => typeof one === "string" && one !== ""))];
}

/**
 * Says `undefined` for what is empty or false: an address does not name what is not asked for. The key stays, since the router
 * takes what a page does not name from the address as it was written, whatever it is.
 */
export function compact<T extends object>(search: T): T {
  const isThere = (value: unknown): boolean => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(search).map(([name, value]: [string, unknown]) => [name, isThere(value) ? value : undefined])) as T;
}

// ---------------------------------------------------------------- pages

export type RunSort = "created_at" | "name" | "finished_at";
export const RUN_SORTS: readonly RunSort[] = ["created_at", "name", "finished_at"];
export const PAGE_SIZES = [20, 50, 100, 200] as const;
/** The time ranges that a filter offers, by the words that stand in the address. */
export const RANGES = { hour: 3_600, day: 86_400, week: 604_800, month: 2_592_000 } as const;
export type Range = keyof typeof RANGES;

/** `/runs` */
export interface RunsSearch {
  state?: RunState[];
  text?: string;
  pipeline?: string;
  /** Runs of files have no uploaded pipeline: they are found by its name. */
  pipeline_name?: string;
  experiment?: string;
  /** `key=value`, or `key` for any value: all of them. */
  tag?: string[];
  /** The last hour, day, …; or `since` and `until` as RFC 3339. */
  range?: Range;
  since?: string;
  until?: string;
  archived?: boolean;
  sort?: RunSort;
  order?: "asc";
  size?: number;
  /** Where the page begins: the tokens of this page and of those before it. */
  page?: string[];
}

export function runsSearch(raw: Raw): RunsSearch {
  const range = text(raw.range);
  const sort = text(raw.sort);
  const size = Number(text(raw.size));
  return compact<RunsSearch>({
    state: texts(raw.state).filter(isRunState),
    text: text(raw.text),
    pipeline: text(raw.pipeline),
    pipeline_name: text(raw.pipeline_name),
    experiment: text(raw.experiment),
    tag: texts(raw.tag),
    range: range !== undefined && Object.hasOwn(RANGES, range) ? (range as Range) : undefined,
    since: moment(raw.since),
    until: moment(raw.until),
    archived: text(raw.archived) === "true" || raw.archived === true,
    sort: RUN_SORTS.find((one) => one === sort && one !== "created_at"),
    order: text(raw.order) === "asc" ? "asc" : undefined,
    size: PAGE_SIZES.find((one) => one === size && one !== PAGE_SIZES[0]),
    page: texts(raw.page),
  });
}

function moment(value: unknown): string | undefined {
  const at = text(value);
  return at !== undefined && !Number.isNaN(Date.parse(at)) ? at : undefined;
}

/** `/runs/new`: from a version, from a pipeline's latest version, or like another run. */
export interface NewRunSearch {
  pipeline?: string;
  version?: string;
  from?: string;
  experiment?: string;
  /** The step from which on a run like `from` is run anew. */
  step?: string;
}

export const newRunSearch = (raw: Raw): NewRunSearch =>
  compact<NewRunSearch>({ pipeline: text(raw.pipeline), version: text(raw.version), from: text(raw.from), experiment: text(raw.experiment), step: text(raw.step) });

/** `/runs/$id`: the step whose panel is open, the attempt and the tabs that are shown. */
export interface RunSearch {
  task?: string;
  attempt?: number;
  /** Of the run. */
  tab?: string;
  /** Of the panel. */
  panel?: string;
  /** The open nodes of the graph. */
  open?: string[];
  /** Filters of the table of steps. */
  state?: string[];
  text?: string;
}

export function runSearch(raw: Raw): RunSearch {
  const attempt = Number(text(raw.attempt));
  return compact<RunSearch>({
    task: text(raw.task),
    attempt: Number.isInteger(attempt) && attempt > 0 ? attempt : undefined,
    tab: text(raw.tab),
    panel: text(raw.panel),
    open: texts(raw.open),
    state: texts(raw.state),
    text: text(raw.text),
  });
}

/** `/compare` */
export interface CompareSearch {
  run?: string[];
  tab?: string;
}

export const compareSearch = (raw: Raw): CompareSearch => compact<CompareSearch>({ run: texts(raw.run), tab: text(raw.tab) });

/** `/artifacts/$id`: the file in a folder that is shown. */
export interface ArtifactSearch {
  path?: string;
}

export const artifactSearch = (raw: Raw): ArtifactSearch => compact<ArtifactSearch>({ path: text(raw.path) });

/** `/pipelines` */
export interface PipelinesSearch {
  text?: string;
  page?: string[];
}

export const pipelinesSearch = (raw: Raw): PipelinesSearch => compact<PipelinesSearch>({ text: text(raw.text), page: texts(raw.page) });

/** `/pipelines/upload`: the pipeline that gets a new version. */
export interface UploadSearch {
  pipeline?: string;
}

export const uploadSearch = (raw: Raw): UploadSearch => compact<UploadSearch>({ pipeline: text(raw.pipeline) });

/** `/pipelines/$id/versions/$vid` */
export interface VersionSearch {
  tab?: string;
  node?: string;
  open?: string[];
}

export const versionSearch = (raw: Raw): VersionSearch => compact<VersionSearch>({ tab: text(raw.tab), node: text(raw.node), open: texts(raw.open) });
