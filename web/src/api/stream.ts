// The one event stream of a tab. Parts of a page say with `useWatch` what they watch; what is told is worked into what queries hold.

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, createElement, type ReactNode, useContext, useEffect, useEffectEvent, useState, useSyncExternalStore } from "react";

import type { LogUpdate, NewRuns, RunDetail, RunGone, RunList, RunSeries, RunSummary, RunUpdate, SeriesUpdate, TaskList } from "../model/messages";
import { seriesWith } from "../model/series-news";
import {
  backOff,
  combined,
  type Combined,
  isEmpty,
  isTurningPoint,
  keysOf,
  meanwhile,
  Positions,
  reachedBy,
  runsWith,
  runWith,
  type StreamMessage,
  streamQuery,
  tasksWith,
  type Wants,
} from "../model/streaming";
import { address } from "./client";
import { Turn } from "./turns";

/** How the tab is connected, for the banner. */
export interface Connection {
  /** `idle`: nothing is watched. */
  state: "idle" | "connecting" | "live" | "lost";
  /** When the server was last heard, in milliseconds since the epoch; 0: not yet. */
  heard: number;
}

/** A tab that nobody looks at lets its stream go: there are only a few for all tabs. */
const HIDDEN_FOR = 5_000;

type Listener = (message: StreamMessage) => void;

/** The stream: opens, reopens and merges. One for each tab. */
export class Stream {
  readonly #queries: QueryClient;
  readonly #wanted = new Map<object, { wants: Wants; tell: Listener }>();
  readonly #positions = new Positions();
  readonly #reached = new Map<string, number>();
  readonly #watchers = new Set<() => void>();
  #source: EventSource | null = null;
  #keys: string[] = [];
  #failures = 0;
  /** Since when the stream is open, in milliseconds since the epoch; 0: not yet. */
  #openSince = 0;
  /** Whether somebody has begun to want new runs since a stream was last open. */
  #freshly = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #connection: Connection = { state: "idle", heard: 0 };
  #resting = false;

  readonly #turn: Turn;

  constructor(queries: QueryClient, locks: LockManager | undefined = navigator.locks) {
    this.#queries = queries;
    // What is wanted may change while the tab waits: when it is its turn, it looks anew.
    this.#turn = new Turn({ go: () => this.#change(), stop: () => this.#open(), openSince: () => this.#openSince }, locks);
  }

  /** For as long as the returned function is not called. */
  want(wants: Wants, tell: Listener): () => void {
    const key = {};
    this.#wanted.set(key, { wants, tell });
    this.#freshly ||= wants.fresh === true;
    this.#soon();
    return () => {
      this.#wanted.delete(key);
      this.#soon();
    };
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  };

  readonly connection = (): Connection => this.#connection;

  /** The tab is hidden or the machine sleeps: let go; all is told later. */
  rest(): void {
    this.#resting = true;
    this.#close();
    this.#turn.leave();
  }

  /** The tab is seen again, or the network is back: do not trust what looks open. */
  wake(): void {
    if (!this.#resting && this.#connection.state === "live") return;
    this.#resting = false;
    this.#failures = 0;
    this.#close();
    this.#change(); // what is wanted may have changed while nobody looked
  }

  /** After the page has finished rendering, so that one change of page is one reopening. */
  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#change(), 30);
  }

  #all(): Combined {
    return combined([...this.#wanted.values()].map(({ wants }) => wants), this.#reached);
  }

  #change(): void {
    const keys = keysOf(this.#all());
    if (this.#source !== null && keys.join() === this.#keys.join()) return;
    this.#positions.changed(this.#keys, keys);
    this.#keys = keys;
    for (const key of this.#reached.keys()) if (!keys.includes(key)) this.#reached.delete(key);
    this.#open();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    this.#openSince = 0;
  }

  #open(): void {
    this.#close();
    if (this.#resting) return;
    if (isEmpty(this.#all())) {
      this.#turn.leave();
      this.#say({ state: "idle" });
      return;
    }
    if (this.#turn.take()) this.#connect();
  }

  #connect(): void {
    const all = this.#all();
    const url = new URL(address(["stream"]));
    for (const [name, value] of streamQuery(all, this.#positions.token)) url.searchParams.append(name, value);
    const source = new EventSource(url);
    this.#source = source;
    if (this.#connection.state !== "lost") this.#say({ state: "connecting" });
    source.onopen = () => this.#live();
    source.onerror = () => this.#failed();
    const on = (name: string, read: (data: unknown) => StreamMessage): void => {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        this.#positions.reached(event.lastEventId);
        this.#say({ state: "live", heard: Date.now() });
        this.#tell(read(JSON.parse(event.data)));
      });
    };
    on("run", (data) => ({ kind: "run", update: data as RunUpdate }));
    on("summary", (data) => ({ kind: "summary", run: data as RunSummary }));
    on("gone", (data) => ({ kind: "gone", gone: data as RunGone }));
    on("new", (data) => ({ kind: "new", fresh: data as NewRuns }));
    on("log", (data) => ({ kind: "log", update: data as LogUpdate }));
    on("series", (data) => ({ kind: "series", update: data as SeriesUpdate }));
  }

  #live(): void {
    const wasLost = this.#failures > 0;
    const freshly = this.#freshly || this.#positions.token === "";
    this.#freshly = false;
    this.#failures = 0;
    this.#openSince = Date.now();
    this.#say({ state: "live", heard: Date.now() });
    // What no stream tells (lists, pipelines) may have changed meanwhile, and what failed is tried again.
    if (wasLost) void this.#queries.invalidateQueries();
    // Such a stream may tell only of runs that come after its beginning: lists that were read before it may lack some.
    else if (freshly && this.#keys.includes("fresh")) void this.#queries.invalidateQueries({ queryKey: ["runs"] });
  }

  /** The browser would try again by itself after a cut, but not after an error status, and it never says more: so we do it. */
  #failed(): void {
    const wasOpen = this.#openSince > 0;
    this.#close();
    this.#turn.leave();
    this.#failures += 1;
    if (!wasOpen && this.#failures === 2) this.#positions.forget();
    this.#say({ state: "lost" });
    this.#timer = setTimeout(() => this.#open(), backOff(this.#failures));
  }

  #say(news: Partial<Connection>): void {
    const next = { ...this.#connection, ...news };
    // The time alone is read by the banner only when the connection is lost.
    const changed = next.state !== this.#connection.state;
    this.#connection = next;
    if (changed) for (const watcher of this.#watchers) watcher();
  }

  #tell(message: StreamMessage): void {
    const reached = reachedBy(message);
    if (reached !== null) this.#reached.set(...reached);
    merge(this.#queries, message);
    for (const { tell } of [...this.#wanted.values()]) tell(message);
  }
}

// ---------------------------------------------------------------- into the cache

function merge(queries: QueryClient, message: StreamMessage): void {
  switch (message.kind) {
    case "run":
      mergeRun(queries, message.update);
      break;
    case "summary":
      mergeSummary(queries, message.run);
      break;
    case "gone":
      void queries.invalidateQueries({ queryKey: ["runs"] });
      void queries.invalidateQueries({ queryKey: ["run", message.gone.run_id], exact: true });
      break;
    case "series":
      mergeSeries(queries, message.update);
      break;
    case "new":
    case "log":
      break; // The parts of the page that asked for it know what to do.
  }
}

function mergeRun(queries: QueryClient, update: RunUpdate): void {
  const id = update.run.run_id;
  meanwhile.told(update);
  queries.setQueryData<RunDetail>(["run", id], (known) => known && runWith(known, update));
  queries.setQueryData<TaskList>(["run", id, "tasks"], (known) => known && tasksWith(known, update));
  for (const task of update.tasks) refresh(queries, ["run", id, "task", task.task_id]);
  if (isTurningPoint(update)) for (const part of ["graph", "metrics", "series", "code"]) refresh(queries, ["run", id, part]);
  if (isTurningPoint(update)) refresh(queries, ["run", id], true);
  mergeSummary(queries, update.run);
}

function mergeSummary(queries: QueryClient, run: RunSummary): void {
  queries.setQueriesData<RunList>({ queryKey: ["runs"] }, (known) => known && runsWith(known, run));
  queries.setQueryData<RunDetail>(["run", run.run_id], (known) => known && { ...known, ...run });
}

/** Points into the series of the run and of the step that pages hold; what does not simply follow is read again. */
function mergeSeries(queries: QueryClient, update: SeriesUpdate): void {
  for (const task of ["", update.task_id]) {
    const queryKey = ["run", update.run_id, "series", task];
    const known = queries.getQueryData<RunSeries>(queryKey);
    // An answer that is on its way may lack these points, or hold them.
    const now = known && queries.isFetching({ queryKey, exact: true }) === 0 ? seriesWith(known, update) : undefined;
    if (now !== undefined) queries.setQueryData(queryKey, now);
    else refresh(queries, queryKey, true);
  }
}

const waiting = new Map<string, ReturnType<typeof setTimeout>>();
const REFRESH_EVERY = 400;

/** Reads again what the stream does not carry whole, at most every 400 ms: a run may change a thousand times a second. */
function refresh(queries: QueryClient, queryKey: unknown[], exact = false): void {
  const name = JSON.stringify(queryKey);
  if (waiting.has(name)) return;
  const later = (): void => {
    // An answer that is on its way may be older than what was told.
    if (queries.isFetching({ queryKey, exact }) > 0) {
      waiting.set(name, setTimeout(later, REFRESH_EVERY));
      return;
    }
    waiting.delete(name);
    void queries.invalidateQueries({ queryKey, exact }, { cancelRefetch: false });
  };
  waiting.set(name, setTimeout(later, REFRESH_EVERY));
}

// ---------------------------------------------------------------- for React

const StreamContext = createContext<Stream | null>(null);

/** Holds the tab's stream. */
export function StreamProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [stream] = useState(() => new Stream(queries));
  useEffect(() => {
    let hidden: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      clearTimeout(hidden);
      if (document.hidden) hidden = setTimeout(() => stream.rest(), HIDDEN_FOR);
      else stream.wake();
    };
    const wake = (): void => {
      if (!document.hidden) stream.wake();
    };
    // Tabs are also opened out of sight: they begin when they are seen.
    if (document.hidden) stream.rest();
    document.addEventListener("visibilitychange", look);
    window.addEventListener("online", wake);
    window.addEventListener("pageshow", wake);
    return () => {
      clearTimeout(hidden);
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("online", wake);
      window.removeEventListener("pageshow", wake);
    };
  }, [stream]);
  return createElement(StreamContext, { value: stream }, children);
}

function useStream(): Stream {
  const stream = useContext(StreamContext);
  if (stream === null) throw new Error("there is no StreamProvider above this");
  return stream;
}

/**
 * Watches what `wants` names, for as long as the component is there; `null` watches nothing.
 * The cache is kept up to date in any case; `tell` is for what is not in it (logs, new runs).
 * Where a run or a log begins (`seq`, `offset`) counts when it is first watched; the stream keeps the place from then on.
 * What is told may overlap what the page has read: `seq` and `offset` of each message say so.
 */
export function useWatch(wants: Wants | null, tell?: (message: StreamMessage) => void): void {
  const stream = useStream();
  const told = useEffectEvent((message: StreamMessage) => tell?.(message));
  const latest = useEffectEvent(() => wants);
  const key = wants === null ? "" : keysOf(combined([wants])).join("\n");
  useEffect(() => {
    const now = latest();
    if (now === null || key === "") return;
    return stream.want(now, (message) => told(message));
  }, [stream, key]);
}

/** How the tab is connected. */
export function useConnection(): Connection {
  const stream = useStream();
  return useSyncExternalStore(stream.subscribe, stream.connection);
}
