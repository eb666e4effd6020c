import { QueryClient } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Stream } from "./stream";
import { MOST_STREAMS, TURN } from "./turns";

type Held = (lock: Lock | null) => Promise<void> | undefined;
interface Asked {
  name: string;
  held: Held;
}

/** The locks of a browser, as far as turns use them: exclusive, first come, first served. */
class Locks {
  readonly #held = new Set<string>();
  #pending: Asked[] = [];

  request(name: string, how: LockOptions, held: Held): Promise<unknown> {
    if (!this.#held.has(name)) return this.#grant({ name, held });
    if (how.ifAvailable === true) return Promise.resolve(held(null));
    return new Promise((resolve, reject) => {
      const asked = { name, held: (lock: Lock | null) => (resolve(undefined), held(lock)) };
      this.#pending.push(asked);
      how.signal?.addEventListener("abort", () => {
        this.#pending = this.#pending.filter((one) => one !== asked);
        reject(new DOMException("left", "AbortError"));
      });
    });
  }

  query(): Promise<LockManagerSnapshot> {
    return Promise.resolve({ held: [...this.#held].map((name) => ({ name })), pending: this.#pending.map(({ name }) => ({ name })) });
  }

  get waiting(): number {
    return this.#pending.length;
  }

  async #grant({ name, held }: Asked): Promise<void> {
    this.#held.add(name);
    await held({ name, mode: "exclusive" });
    this.#held.delete(name);
    const next = this.#pending.find((one) => one.name === name);
    if (next === undefined) return;
    this.#pending = this.#pending.filter((one) => one !== next);
    void this.#grant(next);
  }
}

/** Streams that are open; each is answered a moment later. */
class Source extends EventTarget {
  static readonly open = new Set<Source>();
  static readonly seen: string[] = [];
  static most = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;

  constructor(url: URL) {
    super();
    Source.open.add(this);
    Source.most = Math.max(Source.most, Source.open.size);
    Source.seen.push(url.searchParams.get("run") ?? "");
    setTimeout(() => this.onopen?.(), 10);
  }

  close(): void {
    Source.open.delete(this);
  }
}

describe("tabs that take turns", () => {
  let locks: Locks;
  let tabs: Stream[];

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("EventSource", Source);
    Source.seen.length = 0;
    Source.most = 0;
    locks = new Locks();
    tabs = [];
  });

  afterEach(() => {
    for (const tab of tabs) tab.rest();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const opened = (count: number, manager: Locks | null = locks): void => {
    for (let tab = 1; tab <= count; tab += 1) {
      const stream = new Stream(new QueryClient(), (manager ?? undefined) as unknown as LockManager | undefined);
      stream.want({ runs: [{ id: `run-${tab}`, seq: tab }] }, () => undefined);
      tabs.push(stream);
    }
  };
  const runsSeen = (): Set<string> => new Set(Source.seen.map((run) => run.split("@")[0] ?? ""));

  it("holds all streams at once while there are few tabs, and leaves them open", async () => {
    opened(MOST_STREAMS);
    await vi.advanceTimersByTimeAsync(10 * TURN);
    expect(Source.seen).toHaveLength(MOST_STREAMS);
    expect(Source.open.size).toBe(MOST_STREAMS);
  });

  it("never holds more than four, and each of many tabs has its turn again and again", async () => {
    opened(9);
    await vi.advanceTimersByTimeAsync(10 * TURN);
    expect(Source.most).toBe(MOST_STREAMS);
    expect(runsSeen().size).toBe(9);
    Source.seen.length = 0;
    await vi.advanceTimersByTimeAsync(10 * TURN);
    expect(runsSeen().size).toBe(9);
  });

  it("gives the place of a tab that is hidden to one that waits, which then keeps it", async () => {
    opened(MOST_STREAMS + 1);
    await vi.advanceTimersByTimeAsync(TURN / 4);
    expect(locks.waiting).toBe(1);
    tabs[0]?.rest();
    await vi.advanceTimersByTimeAsync(4 * TURN);
    expect(Source.open.size).toBe(MOST_STREAMS);
    expect(locks.waiting).toBe(0);
    expect(runsSeen()).toContain("run-5");
  });

  it("leaves the queue when it wants nothing any more", async () => {
    opened(MOST_STREAMS);
    await vi.advanceTimersByTimeAsync(100);
    const late = new Stream(new QueryClient(), locks as unknown as LockManager);
    const stop = late.want({ fresh: true }, () => undefined);
    await vi.advanceTimersByTimeAsync(100);
    expect(locks.waiting).toBe(1);
    stop();
    await vi.advanceTimersByTimeAsync(100);
    expect(locks.waiting).toBe(0);
  });

  it("asks for what is wanted when its turn comes, not for what was wanted when it began to wait", async () => {
    opened(MOST_STREAMS);
    await vi.advanceTimersByTimeAsync(100);
    const late = new Stream(new QueryClient(), locks as unknown as LockManager);
    tabs.push(late);
    const stop = late.want({ runs: [{ id: "before", seq: 1 }] }, () => undefined);
    await vi.advanceTimersByTimeAsync(100);
    stop();
    late.want({ runs: [{ id: "after", seq: 1 }] }, () => undefined);
    await vi.advanceTimersByTimeAsync(4 * TURN);
    expect(Source.seen).toContain("after@1");
    expect(Source.seen).not.toContain("before@1");
  });

  it("does without turns where the browser has no locks", async () => {
    vi.stubGlobal("navigator", {});
    opened(6, null);
    await vi.advanceTimersByTimeAsync(100);
    expect(Source.open.size).toBe(6);
  });
});
