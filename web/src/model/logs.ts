// The part of a log that a page holds: an unbroken piece from byte `start` to byte `end`, cut into lines. It grows at both ends, and
// no byte gets in twice or is left out: everything that comes says where it begins.

import { PLAIN, styleAfter, type Style } from "./ansi";

/** A piece of a log as the server gives it. */
export interface Piece {
  readonly offset: number;
  readonly next_offset: number;
  readonly text: string;
  readonly complete: boolean;
}

export interface Line {
  /** Byte at which it begins. */
  readonly offset: number;
  /** Whether `offset` is right to the byte, as it is unless something before it in the same piece is no UTF-8. */
  readonly exact: boolean;
  /** What was printed, as a terminal would leave it: after a carriage return the rest replaces what stood there. */
  readonly text: string;
  /** The style that the lines before it leave. */
  readonly style: Style;
  /** Whether it goes on with a line that is too long for one row. */
  readonly continued: boolean;
}

export interface LogWindow {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly Line[];
  /** Whether its last line has ended. */
  readonly closed: boolean;
  /** The number of its first line, where that is known. */
  readonly firstNumber: number | undefined;
  /** Whether nothing will be added to the log any more. */
  readonly complete: boolean;
}

/** What became of a window to which something was to be added: `missing` says from which byte on it lacks something. */
export interface Added {
  readonly window: LogWindow;
  readonly missing?: number;
}

/** Characters of a row; a longer line takes several. */
export const LONGEST_ROW = 8_192;
/** Lines that a page holds; beyond, it lets go of those at the other end. */
export const MOST_LINES = 100_000;
const MOST_BYTES = 24 << 20;

const encoder = new TextEncoder();
const bytesOf = (text: string): number => {
  // Most of what is printed is ASCII, whose length need not be counted.
  // eslint-disable-next-line no-control-regex -- the range of ASCII
  return /^[\u0000-\u007f]*$/.test(text) ? text.length : encoder.encode(text).length;
};

// ---------------------------------------------------------------- beginning and growing

/** A window with one piece in it. */
export const opened = (piece: Piece): LogWindow => {
  const empty: LogWindow = {
    start: piece.offset,
    end: piece.offset,
    lines: [],
    closed: true,
    firstNumber: piece.offset === 0 ? 1 : undefined,
    complete: false,
  };
  return grown(empty, piece.text, piece);
};

/** The window with what follows it. What it has already is passed over; where bytes in between are lacking, it stays and says so. */
export const appended = (window: LogWindow, piece: Piece): Added => {
  if (piece.offset > window.end) return { window, missing: window.end };
  const complete = window.complete || (piece.complete && piece.next_offset >= window.end);
  if (piece.next_offset <= window.end) return { window: complete === window.complete ? window : { ...window, complete } };
  if (piece.offset === window.end) return { window: grown(window, piece.text, piece) };
  const bytes = encoder.encode(piece.text);
  // What is no UTF-8 has another length as text: where the overlap ends cannot be told then.
  if (bytes.length !== piece.next_offset - piece.offset) return { window, missing: window.end };
  const rest = new TextDecoder().decode(bytes.subarray(window.end - piece.offset));
  return { window: grown(window, rest, { ...piece, offset: window.end }) };
};

/** The window with what comes before it; a piece that does not end where the window begins changes nothing. */
export const prepended = (window: LogWindow, piece: Piece): LogWindow =>
  piece.offset < window.start && piece.next_offset === window.start ? joined(opened(piece), window) : window;

/** Two pieces of which the second one follows the first. */
export const together = (first: Piece, second: Piece): Piece => ({ ...second, offset: first.offset, text: first.text + second.text });

const joined = (head: LogWindow, window: LogWindow): LogWindow => {
  const last = head.lines.at(-1);
  const first = window.lines[0];
  let lines: Line[];
  if (!head.closed && last && first) {
    const rows = rowsOf(last, last.text + first.text);
    lines = [...head.lines.slice(0, -1), ...rows, ...window.lines.slice(1)];
  } else {
    lines = [...head.lines, ...window.lines];
  }
  const known = window.firstNumber === undefined ? undefined : window.firstNumber - countOf(lines) + countOf(window.lines);
  return {
    ...window,
    start: head.start,
    lines,
    firstNumber: head.start === 0 ? 1 : known,
  };
};

const countOf = (lines: readonly Line[]): number => lines.reduce((count, line) => count + (line.continued ? 0 : 1), 0);

const grown = (window: LogWindow, text: string, piece: Piece): LogWindow => {
  if (text === "") return { ...window, end: piece.next_offset, complete: piece.complete };
  const inexact = bytesOf(text) !== piece.next_offset - piece.offset;
  const parts = text.split("\n");
  const closed = parts.at(-1) === "";
  if (closed) parts.pop();
  const lines = window.lines.slice();
  let offset = piece.offset;
  let style = styleLeft(lines);
  parts.forEach((part, index) => {
    const open = index === 0 && !window.closed ? lines.at(-1) : undefined;
    if (open) {
      lines.pop();
      lines.push(...rowsOf(open, open.text + part));
    } else {
      lines.push(...rowsOf({ offset, exact: !inexact || index === 0, text: "", style, continued: false }, part));
    }
    style = styleLeft(lines);
    offset += bytesOf(part) + 1;
  });
  return { ...window, end: piece.next_offset, lines, closed, complete: piece.complete };
};

const styleLeft = (lines: readonly Line[]): Style => {
  const last = lines.at(-1);
  return last ? styleAfter(last.text, last.style) : PLAIN;
};

/** The rows of one line: one, unless it is very long. */
const rowsOf = (line: Line, printed: string): Line[] => {
  const text = overprinted(printed);
  if (text.length <= LONGEST_ROW) return [{ ...line, text }];
  const rows: Line[] = [];
  let style = line.style;
  let { offset } = line;
  for (let at = 0; at < text.length; ) {
    const end = endOfRow(text, at);
    const part = text.slice(at, end);
    rows.push({ offset, exact: line.exact && at === 0, text: part, style, continued: line.continued || at > 0 });
    style = styleAfter(part, style);
    offset += bytesOf(part);
    at = end;
  }
  return rows;
};

const endOfRow = (text: string, at: number): number => {
  const end = Math.min(at + LONGEST_ROW, text.length);
  const code = text.charCodeAt(end - 1);
  return end < text.length && code >= 0xd800 && code < 0xdc00 ? end - 1 : end;
};

/** What a terminal shows of a line with carriage returns: the last thing that was printed from its beginning. */
const overprinted = (text: string): string => {
  const body = text.endsWith("\r") ? text.slice(0, -1) : text;
  const last = body.lastIndexOf("\r");
  if (last < 0) return text;
  return text.slice(last + 1);
};

// ---------------------------------------------------------------- keeping it small

/** The window without lines at the end that nobody looks at, once it holds more than it may. */
export const trimmed = (window: LogWindow, keep: "start" | "end", most: { lines: number; bytes: number } = { lines: MOST_LINES, bytes: MOST_BYTES }): LogWindow => {
  if (window.lines.length <= most.lines && window.end - window.start <= most.bytes) return window;
  const { lines } = window;
  const wanted = Math.floor(Math.min(most.lines, (lines.length * most.bytes) / Math.max(1, window.end - window.start)) * 0.8);
  return keep === "end" ? withoutHead(window, lines.length - wanted) : withoutTail(window, wanted);
};

const withoutHead = (window: LogWindow, count: number): LogWindow => {
  const at = window.lines.findIndex((line, index) => index >= count && line.exact && !line.continued);
  const first = window.lines[at];
  if (at <= 0 || !first) return window;
  const firstNumber = window.firstNumber === undefined ? undefined : window.firstNumber + countOf(window.lines.slice(0, at));
  return { ...window, start: first.offset, lines: window.lines.slice(at), firstNumber };
};

const withoutTail = (window: LogWindow, count: number): LogWindow => {
  const at = window.lines.findIndex((line, index) => index >= count && line.exact && !line.continued);
  const next = window.lines[at];
  if (at <= 0 || !next) return window;
  return { ...window, end: next.offset, lines: window.lines.slice(0, at), closed: true, complete: false };
};

// ---------------------------------------------------------------- finding a place in it

/** The number of a line, where it is known; the later rows of a long line have none. */
export const numberOf = (window: LogWindow, numbers: readonly number[], index: number): number | undefined =>
  window.firstNumber === undefined || window.lines[index]?.continued ? undefined : window.firstNumber + (numbers[index] ?? 0);

/** How many lines stand before each row. */
export const counted = (lines: readonly Line[]): number[] => {
  let count = -1;
  return lines.map((line) => (line.continued ? Math.max(count, 0) : (count += 1)));
};

/** The row at which the line with this offset begins; -1 if it is not here, or not known to the byte. */
export const rowAt = (window: LogWindow, offset: number): number => {
  let low = 0;
  let high = window.lines.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const line = window.lines[middle];
    if (!line) break;
    if (line.offset === offset && line.exact && !line.continued) return middle;
    if (line.offset < offset || (line.offset === offset && line.continued)) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
};

/** The row that shows a byte of the window, as nearly as is known. */
export const rowNear = (window: LogWindow, offset: number): number => {
  let low = 0;
  let high = window.lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((window.lines[middle]?.offset ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
};

// ---------------------------------------------------------------- a search

export interface Match {
  readonly offset: number;
  readonly line: string;
}

/** A search through a log, block by block. */
export interface Search {
  readonly text: string;
  readonly matches: readonly Match[];
  /** Where it goes on; `undefined` at the end of the log. */
  readonly next: number | undefined;
  /** How far it has come. */
  readonly searched: number;
}

/** Matches that are kept; a text that stands in more lines should be made longer. */
export const MOST_MATCHES = 5_000;

export const begun = (text: string, from = 0): Search => ({ text, matches: [], next: from, searched: from });

/** The search with one more block, which went up to `next`, or to the end of the log: `size`. */
export const searchedOn = (search: Search, block: { matches: readonly Match[]; next_offset: number | null }, size: number): Search => {
  const last = search.matches.at(-1)?.offset ?? -1;
  const matches = [...search.matches, ...block.matches.filter((one) => one.offset > last)].slice(0, MOST_MATCHES);
  const full = matches.length >= MOST_MATCHES;
  const next = block.next_offset === null || full ? undefined : block.next_offset;
  return { ...search, matches, next, searched: block.next_offset ?? Math.max(size, search.searched) };
};

/** The number of the match to begin with: the first one at or after a byte, else the last. */
export const firstMatch = (search: Search, offset: number): number => {
  const at = search.matches.findIndex((one) => one.offset >= offset);
  return at >= 0 ? at : search.matches.length - 1;
};

// ---------------------------------------------------------------- what a page knows of a log

/** The window of a page, how large the log is, and what has to be read. */
export interface LogState {
  readonly window: LogWindow | undefined;
  readonly size: number;
  /** Whether the reader looks at the end, and wants to see what comes. */
  readonly follow: boolean;
  /** Something was left out: it has to be read from this byte on. */
  readonly missing: number | undefined;
}

export const UNREAD: LogState = { window: undefined, size: 0, follow: true, missing: undefined };

export type LogNews =
  /** The log is shown from another place on. */
  | { readonly kind: "opened"; readonly piece: Piece & { readonly size: number }; readonly follow: boolean }
  | { readonly kind: "later"; readonly piece: Piece & { readonly size: number } }
  | { readonly kind: "earlier"; readonly piece: Piece }
  /** The stream tells what was printed. */
  | { readonly kind: "told"; readonly piece: Piece }
  | { readonly kind: "follow"; readonly follow: boolean };

/** What a page knows after something was read or told. */
export const withNews = (state: LogState, news: LogNews): LogState => {
  switch (news.kind) {
    case "opened":
      return { window: opened(news.piece), size: news.piece.size, follow: news.follow, missing: undefined };
    case "follow":
      return { ...state, follow: news.follow };
    case "earlier":
      return state.window ? { ...state, window: trimmed(prepended(state.window, news.piece), "start") } : state;
    case "told":
      return added(state, news.piece, Math.max(state.size, news.piece.next_offset));
    case "later":
      return behind(added(state, news.piece, Math.max(state.size, news.piece.size)), news.piece);
  }
};

const added = (state: LogState, piece: Piece, size: number): LogState => {
  if (!state.window) return state;
  const { window, missing } = appended(state.window, piece);
  return { ...state, window: trimmed(window, state.follow ? "end" : "start"), size, missing };
};

/** A reader of the end wants all of it: what the piece did not hold has to be read too. */
const behind = (state: LogState, piece: Piece & { size: number }): LogState =>
  state.follow && state.window && state.window.end < piece.size && piece.next_offset > piece.offset ? { ...state, missing: state.window.end } : state;

/** Whether the window goes to the end of the log, so that the stream can tell what follows. */
export const reachesEnd = (state: LogState): boolean => state.window !== undefined && state.window.end >= state.size;
