// A clock for what shows how time passes: one timer for all that tick alike.

import { useSyncExternalStore } from "react";

class Clock {
  readonly #watchers = new Set<() => void>();
  readonly #every: number;
  #now = Date.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(every: number) {
    this.#every = every;
  }

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#watchers.add(changed);
    this.#now = Date.now();
    this.#timer ??= setInterval(() => this.#tick(), this.#every);
    return () => {
      this.#watchers.delete(changed);
      if (this.#watchers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };

  readonly now = (): number => this.#now;

  #tick(): void {
    this.#now = Date.now();
    for (const watcher of this.#watchers) watcher();
  }
}

const SECONDS = new Clock(1_000);
const NEVER = { subscribe: () => () => undefined, now: () => 0 };

/** Milliseconds since the epoch, anew each second while `ticking`; 0 if not. */
export function useNow(ticking = true): number {
  const clock = ticking ? SECONDS : NEVER;
  return useSyncExternalStore(clock.subscribe, clock.now);
}
