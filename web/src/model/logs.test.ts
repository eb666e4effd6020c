import { describe, expect, it } from "vitest";

import {
  appended,
  begun,
  counted,
  firstMatch,
  LONGEST_ROW,
  numberOf,
  opened,
  prepended,
  rowAt,
  rowNear,
  searchedOn,
  together,
  reachesEnd,
  trimmed,
  UNREAD,
  withNews,
  type LogWindow,
  type Piece,
} from "./logs";

const encoder = new TextEncoder();
const length = (text: string) => encoder.encode(text).length;
const piece = (text: string, offset = 0, complete = false): Piece => ({ offset, next_offset: offset + length(text), text, complete });
const texts = (window: LogWindow) => window.lines.map((line) => line.text);
const follow = (window: LogWindow, ...pieces: Piece[]) =>
  pieces.reduce((known, one) => {
    const added = appended(known, one);
    expect(added.missing).toBeUndefined();
    return added.window;
  }, window);

describe("a log that grows", () => {
  it("goes on with the line that had not ended", () => {
    const window = follow(opened(piece("one\ntw")), piece("o\nthree\n", 6));
    expect(texts(window)).toEqual(["one", "two", "three"]);
    expect(window.closed).toBe(true);
    expect(window.end).toBe(14);
  });

  it("knows where each line begins, in bytes", () => {
    const window = follow(opened(piece("ä\n€uro\n")), piece("x\n", 10));
    expect(window.lines.map((line) => line.offset)).toEqual([0, 3, 10]);
  });

  it("keeps empty lines", () => {
    expect(texts(follow(opened(piece("a\n\n\n")), piece("\nb", 4)))).toEqual(["a", "", "", "", "b"]);
  });

  it("changes nothing when nothing comes but the word that it is complete", () => {
    const before = opened(piece("half"));
    const after = follow(before, { offset: 4, next_offset: 4, text: "", complete: true });
    expect(texts(after)).toEqual(["half"]);
    expect(after.complete).toBe(true);
    expect(after.closed).toBe(false);
  });
});

describe("a stream that is cut and goes on", () => {
  it("passes over what is there already", () => {
    const window = opened(piece("one\ntwo\n"));
    expect(appended(window, piece("one\n")).window).toBe(window);
    expect(appended(window, piece("two\n", 4)).window).toBe(window);
  });

  it("takes only the rest of a piece that begins too early", () => {
    const window = opened(piece("one\ntwö"));
    expect(texts(follow(window, piece("twö\nthree\n", 4)))).toEqual(["one", "twö", "three"]);
  });

  it("says what is missing before a piece that begins too late, and stays as it is", () => {
    const window = opened(piece("one\n"));
    expect(appended(window, piece("three\n", 8))).toEqual({ window, missing: 4 });
  });

  it("asks again for an overlap that cannot be told to the byte", () => {
    const window = opened(piece("one\n"));
    expect(appended(window, { offset: 2, next_offset: 6, text: "e\n\ufffd\n", complete: false })).toEqual({ window, missing: 4 });
  });

  it("loses no line and shows none twice, wherever it is cut and however much comes again", () => {
    const whole = Array.from({ length: 200 }, (_, index) => `${index} grün ${"x".repeat(index % 7)}`).join("\n") + "\n";
    const bytes = encoder.encode(whole);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let seed = 7;
    const random = (below: number) => (seed = (seed * 16807) % 2147483647) % below;
    const boundary = (at: number) => {
      let place = Math.max(0, Math.min(at, bytes.length));
      while (place < bytes.length && ((bytes[place] ?? 0) & 0xc0) === 0x80) place += 1;
      return place;
    };
    const read = (from: number, to: number): Piece => ({ offset: from, next_offset: to, text: decoder.decode(bytes.subarray(from, to)), complete: to === bytes.length });
    let window = opened(read(0, boundary(40)));
    let from = window.end;
    while (!window.complete) {
      if (random(4) === 0) from = boundary(window.end - random(60)); // the stream begins again, earlier
      if (random(9) === 0) from = boundary(from + random(60)); // a message was lost
      const to = boundary(from + random(50));
      const added = appended(window, read(from, to));
      window = added.window;
      from = added.missing ?? to;
    }
    expect(texts(window)).toEqual(whole.trimEnd().split("\n"));
    expect(window.lines.every((line) => line.exact)).toBe(true);
  });
});

describe("earlier pieces", () => {
  it("come before the first line", () => {
    const window = prepended(opened(piece("three\n", 8)), piece("one\ntwo\n"));
    expect(texts(window)).toEqual(["one", "two", "three"]);
    expect(window.start).toBe(0);
  });

  it("number the lines once the beginning is there", () => {
    const late = opened(piece("three\nfour\n", 8));
    expect(late.firstNumber).toBeUndefined();
    const window = prepended(late, piece("one\ntwo\n"));
    const numbers = counted(window.lines);
    expect(window.lines.map((_, index) => numberOf(window, numbers, index))).toEqual([1, 2, 3, 4]);
  });

  it("join a line that was cut between two pieces", () => {
    const window = prepended(opened(piece("rest\nnext\n", 9)), together(piece("one\n"), piece("begin", 4)));
    expect(texts(window)).toEqual(["one", "beginrest", "next"]);
    expect(window.lines.map((line) => line.offset)).toEqual([0, 4, 14]);
  });

  it("change nothing if they do not end where the window begins", () => {
    const window = opened(piece("three\n", 8));
    expect(prepended(window, piece("one\n"))).toBe(window);
    expect(prepended(window, piece("three\n", 8))).toBe(window);
  });
});

describe("long lines", () => {
  it("take several rows, of which the later ones have no number", () => {
    const long = "y".repeat(LONGEST_ROW * 2 + 10);
    const window = follow(opened(piece(`a\n${long}`)), piece("\nb\n", 2 + long.length));
    expect(texts(window).map((text) => text.length)).toEqual([1, LONGEST_ROW, LONGEST_ROW, 10, 1]);
    const numbers = counted(window.lines);
    expect(window.lines.map((_, index) => numberOf(window, numbers, index))).toEqual([1, 2, undefined, undefined, 3]);
    expect(rowAt(window, 2)).toBe(1);
  });

  it("are the same whether they come at once or in parts", () => {
    const long = "z".repeat(LONGEST_ROW + 500);
    const parts = [long.slice(0, 300), long.slice(300, LONGEST_ROW + 1), long.slice(LONGEST_ROW + 1)];
    let window = opened(piece(""));
    for (const part of parts) window = follow(window, piece(part, window.end));
    expect(window.lines).toEqual(opened(piece(long)).lines);
  });

  it("show a progress bar as a terminal does: where it is now", () => {
    const window = follow(opened(piece(" 10%|#\r 20%|##")), piece("\r 30%|###", 14), piece("\ndone\r\n", 23));
    expect(texts(window)).toEqual([" 30%|###", "done\r"]);
    expect(window.lines.map((line) => line.offset)).toEqual([0, 24]);
  });
});

describe("a window that grows too large", () => {
  const lines = Array.from({ length: 50 }, (_, index) => `${index}\n`).join("");
  const most = { lines: 20, bytes: 1 << 20 };

  it("lets go of its beginning and still knows the numbers", () => {
    const window = trimmed(opened(piece(lines)), "end", most);
    expect(texts(window)).toEqual(Array.from({ length: 16 }, (_, index) => `${index + 34}`));
    expect(window.firstNumber).toBe(35);
    expect(window.start).toBe(window.lines[0]?.offset);
  });

  it("or of its end, and can be gone on with from there", () => {
    const whole = opened(piece(lines));
    const window = trimmed(whole, "start", most);
    expect(window.lines).toHaveLength(16);
    const bytes = encoder.encode(lines);
    const rest = new TextDecoder().decode(bytes.subarray(window.end));
    expect(texts(follow(window, piece(rest, window.end)))).toEqual(texts(whole));
  });

  it("but not before", () => {
    const window = opened(piece("a\nb\n"));
    expect(trimmed(window, "end")).toBe(window);
  });
});

describe("places", () => {
  const window = opened(piece("one\ntwo\nthree\n", 100));

  it("finds the line that begins at a byte", () => {
    expect([100, 104, 108].map((offset) => rowAt(window, offset))).toEqual([0, 1, 2]);
    expect(rowAt(window, 105)).toBe(-1);
    expect(rowNear(window, 105)).toBe(1);
  });

  it("finds no line where bytes were no UTF-8, so that a page asks for it", () => {
    const broken = opened({ offset: 0, next_offset: 6, text: "\ufffd\na\nb\n", complete: true });
    expect(rowAt(broken, 4)).toBe(-1);
    expect(rowAt(broken, 0)).toBe(0);
  });
});

describe("a search", () => {
  it("goes through the log block by block", () => {
    const first = searchedOn(begun("x"), { matches: [{ offset: 3, line: "x" }], next_offset: 10 }, 20);
    expect(first.next).toBe(10);
    const second = searchedOn(first, { matches: [{ offset: 12, line: "xx" }], next_offset: null }, 20);
    expect(second.matches.map((one) => one.offset)).toEqual([3, 12]);
    expect(second.next).toBeUndefined();
    expect(second.searched).toBe(20);
    expect(firstMatch(second, 4)).toBe(1);
    expect(firstMatch(second, 13)).toBe(1);
    expect(firstMatch(begun("x"), 0)).toBe(-1);
  });
});

describe("a page that follows a log", () => {
  const at = (text: string, offset: number, size: number, complete = false) => ({ ...piece(text, offset, complete), size });
  const open = withNews(UNREAD, { kind: "opened", piece: at("one\n", 0, 4), follow: true });

  it("shows what the stream tells", () => {
    const state = withNews(open, { kind: "told", piece: piece("two\n", 4) });
    expect(state.window && texts(state.window)).toEqual(["one", "two"]);
    expect(reachesEnd(state)).toBe(true);
    expect(state.missing).toBeUndefined();
  });

  it("reads what the stream has left out, until it has all", () => {
    const gap = withNews(open, { kind: "told", piece: piece("four\n", 14) });
    expect(gap.missing).toBe(4);
    const half = withNews(gap, { kind: "later", piece: at("two\n", 4, 19) });
    expect(half.missing).toBe(8);
    const whole = withNews(half, { kind: "later", piece: at("three\nfour\n", 8, 19, true) });
    expect(whole.missing).toBeUndefined();
    expect(whole.window && texts(whole.window)).toEqual(["one", "two", "three", "four"]);
    expect(whole.window?.complete).toBe(true);
  });

  it("does not read on by itself when the reader is elsewhere", () => {
    const state = withNews({ ...open, follow: false }, { kind: "later", piece: at("two\n", 4, 100) });
    expect(state.missing).toBeUndefined();
    expect(reachesEnd(state)).toBe(false);
  });

  it("knows nothing before it has read anything", () => {
    expect(withNews(UNREAD, { kind: "told", piece: piece("x", 0) })).toEqual(UNREAD);
    expect(withNews(UNREAD, { kind: "earlier", piece: piece("x", 0) })).toEqual(UNREAD);
  });
});
