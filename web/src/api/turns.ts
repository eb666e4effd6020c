// Which tabs hold a stream: browsers allow a server six connections for all tabs, so few tabs hold one at a time, and take turns where there are more.

/** Streams of all tabs together; the connections that are left answer the pages. */
export const MOST_STREAMS = 4;
/** How long a tab keeps its stream while another one waits, in milliseconds: what happens meanwhile is told when it is its turn again. */
export const TURN = 2_000;
/** The same where nothing is heard at all. */
const LONGEST = 5 * TURN;

const nameOf = (place: number): string => `bakehouse stream ${place}`;

/** What a tab does when it comes to be its turn, and when its turn is over: it may ask for another one at once. */
export interface Player {
  go: () => void;
  stop: () => void;
  /** Since when its stream is open, in milliseconds since the epoch; 0: not yet. */
  openSince: () => number;
}

/**
 * One tab among those that take turns. The places are locks of the browser, so that a tab that dies leaves its place.
 * Where there are no locks (a page without https from another machine), it is always its turn.
 */
export class Turn {
  readonly #player: Player;
  readonly #locks: LockManager | undefined;
  #asking: AbortController | null = null;
  #leave: (() => void) | null = null;
  #place = 0;
  #since = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(player: Player, locks: LockManager | undefined) {
    this.#player = player;
    this.#locks = locks;
  }

  /** Whether it is the tab's turn; if not, `go` is called when it is. */
  take(): boolean {
    if (this.#locks === undefined || this.#leave !== null) return true;
    if (this.#asking === null) void this.#ask(this.#locks);
    return false;
  }

  /** The place is free, and the tab is in no queue. */
  leave(): void {
    this.#asking?.abort();
    this.#asking = null;
    clearInterval(this.#timer);
    this.#leave?.();
    this.#leave = null;
  }

  async #ask(locks: LockManager): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    const places = [...Array(MOST_STREAMS).keys()];
    for (const place of places) {
      if (await this.#taken(locks, place, asking, { ifAvailable: true })) return;
      if (asking.signal.aborted) return;
    }
    // In the queue of one place, so that one tab alone has to leave.
    await this.#taken(locks, Math.floor(Math.random() * MOST_STREAMS), asking, { signal: asking.signal });
  }

  /** Whether the place is the tab's now. */
  #taken(locks: LockManager, place: number, asking: AbortController, how: LockOptions): Promise<boolean> {
    return new Promise((answer) => {
      const held = (lock: Lock | null): Promise<void> | undefined => {
        if (lock === null || asking.signal.aborted) {
          answer(false);
          return undefined;
        }
        answer(true);
        return new Promise((leave) => this.#begin(locks, place, leave));
      };
      // It is refused when the tab has left the queue.
      locks.request(nameOf(place), how, held).catch(() => answer(false));
    });
  }

  #begin(locks: LockManager, place: number, leave: () => void): void {
    this.#asking = null;
    this.#leave = leave;
    this.#place = place;
    this.#since = Date.now();
    this.#timer = setInterval(() => void this.#look(locks), TURN / 2);
    this.#player.go();
  }

  /** Makes room if the turn is over and somebody waits for this place. */
  async #look(locks: LockManager): Promise<void> {
    const open = this.#player.openSince();
    const now = Date.now();
    const isOver = (open > 0 && now - open >= TURN) || now - this.#since >= LONGEST;
    if (!isOver) return;
    const { pending = [] } = await locks.query();
    if (this.#leave === null || !pending.some((one) => one.name === nameOf(this.#place))) return;
    this.leave();
    this.#player.stop();
  }
}
