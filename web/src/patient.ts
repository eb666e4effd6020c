// Code that is loaded later, also when the server is down at that moment.

import { address } from "./api/client";

const ASKED_EVERY = 1_000;

/** What waits for the server, all of it for the same answer. */
let waiting: Promise<void> | null = null;

async function untilAnswered(): Promise<void> {
  for (;;) {
    try {
      if ((await fetch(address(["about"]), { cache: "no-store" })).ok) return;
    } catch {
      // Not there: the banner of the page says so meanwhile.
    }
    await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY));
  }
}

/** Loads a part of the page. While the server cannot be reached this waits for it: to load the whole page anew would leave none. */
export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch {
    waiting ??= untilAnswered().finally(() => {
      waiting = null;
    });
    await waiting;
    return load();
  }
}
