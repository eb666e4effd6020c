import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { runFactory, seriesFactory, taskFactory } from "../model/factories";
import type { RunUpdate, SeriesUpdate, TaskList } from "../model/messages";
import { tasksOf } from "./queries";
import { seriesOf } from "./run-queries";
import { Stream } from "./stream";

const { curve, ofRun, ofTask, point } = seriesFactory;

/** The browser's `EventSource`, which the test speaks through. */
class Source extends EventTarget {
  static readonly open = new Set<Source>();
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(readonly url: URL) {
    super();
    Source.open.add(this);
  }

  close(): void {
    Source.open.delete(this);
  }

  tell(update: RunUpdate): void {
    this.say("run", update, `at ${update.seq}`);
  }

  say(name: string, data: object, id: string): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data), lastEventId: id }));
  }
}

const update = (seq: number, task: RunUpdate["tasks"][number]): RunUpdate => ({ run: runFactory.running(), seq, events: [], tasks: [task] });
const answer = (list: TaskList): Response => new Response(JSON.stringify(list), { headers: { "Content-Type": "application/json" } });

/** Answers to requests, in the hand of the test. */
function held(): ((response: Response) => void)[] {
  const answers: ((response: Response) => void)[] = [];
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => answers.push(resolve)));
  return answers;
}

const source = (): Source => {
  const [one] = Source.open;
  if (one === undefined) throw new Error("no stream is open");
  return one;
};

describe("the stream of a tab", () => {
  let queries: QueryClient;
  let stream: Stream;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", Source);
    queries = new QueryClient({ defaultOptions: { queries: { retry: false, networkMode: "always" } } });
    stream = new Stream(queries);
  });

  afterEach(() => {
    stream.rest();
    queries.clear();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const watch = (): void => {
    stream.want({ runs: [{ id: "run-1", seq: 1 }] }, () => undefined);
    vi.advanceTimersByTime(100);
    source().onopen?.();
  };
  const states = (): string[] | undefined => queries.getQueryData(tasksOf("run-1").queryKey)?.tasks.map((task) => task.state);

  it("works what it told into the first list of steps that was on its way", async () => {
    const answers = held();
    const reading = queries.query(tasksOf("run-1"));
    watch();
    source().tell(update(7, taskFactory.succeeded()));
    await vi.advanceTimersByTimeAsync(0);
    answers[0]?.(answer({ tasks: [taskFactory.running()], seq: 5, next_page_token: "" }));
    await reading;
    expect(states()).toEqual(["SUCCEEDED"]);
  });

  it("works it into a list that is read again, but not into a newer one", async () => {
    const answers = held();
    queries.setQueryData(tasksOf("run-1").queryKey, { tasks: [taskFactory.waiting()], seq: 1, next_page_token: "" });
    watch();
    const older = queries.query({ ...tasksOf("run-1"), staleTime: 0 });
    source().tell(update(7, taskFactory.succeeded()));
    await vi.advanceTimersByTimeAsync(0);
    answers[0]?.(answer({ tasks: [taskFactory.running()], seq: 5, next_page_token: "" }));
    await older;
    expect(states()).toEqual(["SUCCEEDED"]);

    const newer = queries.query({ ...tasksOf("run-1"), staleTime: 0 });
    source().tell(update(8, taskFactory.running({ attempts: 2 })));
    await vi.advanceTimersByTimeAsync(0);
    answers[1]?.(answer({ tasks: [taskFactory.failed()], seq: 9, next_page_token: "" }));
    await newer;
    expect(states()).toEqual(["FAILED"]);
  });

  it("adds points to series that are known, and reads them anew where points do not simply follow", async () => {
    const key = seriesOf("run-1").queryKey;
    const read = vi.fn(() => Promise.resolve(ofRun([ofTask([curve([1])])])));
    const stop = new QueryObserver(queries, { queryKey: key, queryFn: read, staleTime: Infinity }).subscribe(() => undefined);
    stream.want({ series: [{ run: "run-1", task: "train", attempt: 1, offset: 100 }] }, () => undefined);
    await vi.advanceTimersByTimeAsync(100);
    const told = (offset: number, step: number): SeriesUpdate => ({
      ...{ run_id: "run-1", task_id: "train", attempt: 1, offset, next_offset: offset + 40, complete: false, damaged: 0, cut: false, error: "" },
      series: [{ output: "metrics", metric: "loss", points: [point(step, step)] }],
    });
    const values = () => queries.getQueryData(key)?.tasks[0]?.series[0]?.points.map((one) => one.value);

    source().say("series", told(100, 7), "p1");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(values()).toEqual([1, 7]);
    expect(read).toHaveBeenCalledTimes(1);

    source().say("series", told(180, 9), "p2");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(values()).toEqual([1]); // what the server says now
    expect(read).toHaveBeenCalledTimes(2);
    stop();
  });

  it("is not open while nobody looks, and wants what the page wants when somebody does", () => {
    stream.rest();
    stream.want({ runs: [{ id: "run-1", seq: 1 }] }, () => undefined);
    vi.advanceTimersByTime(100);
    expect(Source.open.size).toBe(0);
    stream.wake();
    expect(source().url.searchParams.get("run")).toBe("run-1@1");
    stream.rest();
    expect(Source.open.size).toBe(0);
  });

  it("has lists of runs read again when a page begins to want new ones", async () => {
    const read = vi.fn(() => Promise.resolve({ runs: [], next_page_token: "" }));
    const stop = new QueryObserver(queries, { queryKey: ["runs", {}], queryFn: read, staleTime: Infinity }).subscribe(() => undefined);
    stream.want({ fresh: true }, () => undefined);
    watch();
    source().tell(update(2, taskFactory.running())); // from now on there is a position
    await vi.advanceTimersByTimeAsync(1_000);
    const before = read.mock.calls.length;

    stream.want({ summaries: ["run-2"] }, () => undefined);
    vi.advanceTimersByTime(100);
    source().onopen?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(read.mock.calls.length).toBe(before);

    stream.want({ fresh: true, summaries: ["run-3"] }, () => undefined);
    vi.advanceTimersByTime(100);
    source().onopen?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(read.mock.calls.length).toBe(before + 1);
    stop();
  });
});
