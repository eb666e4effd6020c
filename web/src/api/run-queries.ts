// What the pages of a run read beside `queries.ts`: all its events, series of metrics, the pieces of a log, and what is done to a run.

import { queryOptions } from "@tanstack/react-query";

import { together } from "../model/logs";
import type { BulkAction, Event, EventList, LogPart, RunSeries, RunSummary, TagChange } from "../model/messages";
import { problemsOfText, TroubleError } from "../model/problems";
import { address, get, patch, post } from "./client";
import { actOnRuns, readLog, type LogOf } from "./queries";

// ---------------------------------------------------------------- events

const EVENTS_AT_ONCE = 1_000;
/** Events that a page holds; a run of more is shown up to there, and says so. */
export const MOST_EVENTS = 50_000;

const eventsAfter = (id: string, after: number, signal?: AbortSignal): Promise<EventList> =>
  get<EventList>(address(["runs", id, "events"], { after, limit: EVENTS_AT_ONCE }), signal);

/** The events after one, all of them. */
export async function readEvents(id: string, after: number, signal?: AbortSignal): Promise<Event[]> {
  const events: Event[] = [];
  for (let last = after; ; ) {
    const part = await eventsAfter(id, last, signal);
    events.push(...part.events);
    last = part.events.at(-1)?.seq ?? part.latest;
    if (part.events.length === 0 || last >= part.latest || events.length >= MOST_EVENTS) return events;
  }
}

/** All events of a run. Kept up to date by who shows them, by what the stream tells. */
export const allEventsOf = (id: string) => queryOptions({ queryKey: ["run", id, "all events"], queryFn: ({ signal }) => readEvents(id, 0, signal), staleTime: 5_000 });

// ---------------------------------------------------------------- series

/** The metrics that a run, or one of its steps, has logged with a step so far. Points that are logged later are worked in by the stream. */
export const seriesOf = (id: string, task = "") =>
  queryOptions({
    queryKey: ["run", id, "series", task],
    queryFn: ({ signal }) => get<RunSeries>(address(["runs", id, "series"], { task_id: task }), signal),
    staleTime: 5_000,
  });

// ---------------------------------------------------------------- logs

/** Bytes that a page reads of a log at once. */
export const LOG_PIECE = 256 << 10;

/** The piece that ends where another begins, from the beginning of a line on; `undefined` if there is none. `size`: of the log, as last known. */
export async function readEarlier(log: LogOf, end: number, size: number, signal?: AbortSignal): Promise<LogPart | undefined> {
  const wanted = Math.max(0, end - LOG_PIECE);
  // From the end, since then the server begins with a whole line.
  let piece = wanted === 0 ? await readLog(log, 0, end, signal) : await readLog(log, wanted - Math.max(size, end), LOG_PIECE, signal);
  if (piece.offset >= end) return undefined;
  if (piece.next_offset > end) piece = await readLog(log, piece.offset, end - piece.offset, signal);
  while (piece.next_offset < end) {
    const more = await readLog(log, piece.next_offset, end - piece.next_offset, signal);
    if (more.next_offset <= piece.next_offset) return undefined;
    piece = { ...more, ...together(piece, more), size: more.size };
  }
  return piece;
}

// ---------------------------------------------------------------- doing something to a run

/** Does something to one run; an error that concerns this run is thrown as the server put it. */
export async function actOnRun({ action, id }: { action: BulkAction; id: string }): Promise<void> {
  const { results } = await actOnRuns({ action, ids: [id] });
  const error = results.find((one) => one.run_id === id)?.error ?? "";
  if (error !== "") throw new TroubleError({ status: 409, code: "", problems: problemsOfText(error) });
}

/** Keeps a run from being deleted, or lets it go again. */
export const pinRun = (id: string, reason: string): Promise<RunSummary> => post<RunSummary>(address(["runs", `${id}:pin`]), { reason });
export const unpinRun = (id: string): Promise<RunSummary> => post<RunSummary>(address(["runs", `${id}:unpin`]), {});

/** Gives a run tags, and removes some; the others stay. */
export const tagRun = (id: string, change: TagChange): Promise<RunSummary> => patch<RunSummary>(address(["runs", id, "tags"]), change);
