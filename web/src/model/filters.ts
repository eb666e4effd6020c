// Which runs a list shows: from the address of the page to the query of the server, and in words.

import { PAGE_SIZES, RANGES, type Range, type RunsSearch, type RunSort } from "./addresses";
import { LOOKS } from "./states";

/** The query of `GET /runs`. */
export interface RunsQuery {
  state?: string[];
  text?: string;
  pipeline_id?: string;
  pipeline_name?: string;
  experiment_id?: string;
  tag?: string[];
  created_after?: string;
  created_before?: string;
  archived?: boolean;
  sort: string;
  page_size: number;
  page_token?: string;
  [name: string]: string | string[] | number | boolean | undefined;
}

/** `now`: milliseconds since the epoch. Ranges that move with time begin at a whole minute, so that the same list keeps its name. */
export function queryOf(search: RunsSearch, now: number): RunsQuery {
  const onFirst = (search.page ?? []).length === 0;
  // A token is good for exactly the list it comes from: further pages keep the beginning that the first one had.
  const since = search.range !== undefined && (onFirst || search.since === undefined) ? beginOf(search.range, now) : search.since;
  return {
    state: search.state,
    text: search.text,
    pipeline_id: search.pipeline,
    pipeline_name: search.pipeline_name,
    experiment_id: search.experiment,
    tag: search.tag,
    created_after: since,
    created_before: search.range === undefined ? search.until : undefined,
    archived: search.archived === true ? true : undefined,
    sort: `${search.sort ?? "created_at"} ${search.order === "asc" ? "asc" : "desc"}`,
    page_size: search.size ?? PAGE_SIZES[0],
    page_token: search.page?.at(-1),
  };
}

const MINUTE = 60_000;

export const beginOf = (range: Range, now: number): string => new Date(Math.floor(now / MINUTE) * MINUTE - RANGES[range] * 1000).toISOString();

/** Tokens that an address holds at most: it must not grow with the pages one has turned. */
const MOST_TOKENS = 8;

/** The address of the page that `token` begins. */
export function turned(search: RunsSearch, query: RunsQuery, token: string): RunsSearch {
  return { ...search, since: search.range === undefined ? search.since : query.created_after, page: [...(search.page ?? []), token].slice(-MOST_TOKENS) };
}

/** The address of the page before; the first one, where that is not known any more. */
export function turnedBack(search: RunsSearch): RunsSearch {
  const page = (search.page ?? []).slice(0, -1);
  return page.length === 0 ? first(search) : { ...search, page };
}

/** The address of the first page of the same list. */
export const first = (search: RunsSearch): RunsSearch => ({ ...search, page: undefined, since: search.range === undefined ? search.since : undefined });

/** The address with another filter, sort or size: pages are counted anew. */
export const changed = (search: RunsSearch, change: Partial<RunsSearch>): RunsSearch => first({ ...search, ...change });

/** The address without filters; what does not filter stays. */
export const cleared = (search: RunsSearch): RunsSearch => ({ sort: search.sort, order: search.order, size: search.size, archived: search.archived });

export const isFiltered = (search: RunsSearch): boolean =>
  (search.state?.length ?? 0) > 0 ||
  (search.tag?.length ?? 0) > 0 ||
  [search.text, search.pipeline, search.pipeline_name, search.experiment, search.range, search.since, search.until].some((one) => one !== undefined);

/** How many filters are chosen beside the name: on phones they are folded away. */
export const foldedFilters = (search: RunsSearch): number =>
  [(search.state?.length ?? 0) > 0, (search.tag?.length ?? 0) > 0, (search.range ?? search.since ?? search.until) !== undefined, (search.pipeline ?? search.pipeline_name) !== undefined, search.experiment !== undefined].filter(Boolean).length;

/** A column was clicked. */
export function sorted(search: RunsSearch, by: string, descending: boolean): RunsSearch {
  return changed(search, { sort: by === "created_at" ? undefined : (by as RunSort), order: descending ? undefined : "asc" });
}

export const RANGE_LABELS: Readonly<Record<Range, string>> = { hour: "Last hour", day: "Last 24 hours", week: "Last 7 days", month: "Last 30 days" };

/** The list in words, for its caption. */
export function inWords(search: RunsSearch): string {
  const parts = [
    search.archived === true ? "archived" : "",
    (search.state ?? []).map((state) => LOOKS[state].label.toLowerCase()).join(" or "),
    search.text === undefined ? "" : `named “${search.text}”`,
    search.tag === undefined ? "" : `with tag ${search.tag.join(" and ")}`,
    search.range === undefined ? "" : `of the ${RANGE_LABELS[search.range].toLowerCase()}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "Runs" : `Runs: ${parts.join(", ")}`;
}

/** Whether new runs come at the top of what is shown, and not somewhere in it. */
export const showsNewest = (search: RunsSearch): boolean => (search.page ?? []).length === 0 && search.sort === undefined && search.order === undefined && search.until === undefined;
