// One line of a log as it is shown: whether it looks like an error, what is searched for in it, and the links in it.

import { plainText, spansOf, type Span, type Style } from "./ansi";
import type { Line } from "./logs";

export type Level = "error" | "warning";

const ERROR = /\b(error|critical|fatal|traceback|exception|failed)\b/i;
const ERROR_CLASS = /[a-z](Error|Exception)\b/;
const WARNING = /\bwarn(ing)?\b/i;
const WARNING_CLASS = /[a-z]Warning\b/;
const NONE = /\b(no|0|without) (error|exception|warning|failed)|\b(error|failed|warning)s?\s*[=:]\s*0\b/i;

/** Whether a line looks like an error or a warning. */
export const levelOf = (line: string): Level | undefined => {
  const text = plainText(line);
  if (NONE.test(text)) return undefined;
  if (ERROR.test(text) || ERROR_CLASS.test(text)) return "error";
  return WARNING.test(text) || WARNING_CLASS.test(text) ? "warning" : undefined;
};

/** Where a text stands in a line, as the server searches: letters of ASCII in either case. */
export const occurrences = (line: string, text: string): [number, number][] => {
  if (!text) return [];
  const fold = (one: string) => one.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  const inside = fold(line);
  const wanted = fold(text);
  const found: [number, number][] = [];
  for (let at = inside.indexOf(wanted); at >= 0; at = inside.indexOf(wanted, at + wanted.length)) found.push([at, at + wanted.length]);
  return found;
};

/** A part of a line that looks the same throughout. */
export interface Part extends Span {
  /** Whether it is searched for. */
  readonly marked: boolean;
  /** Where it leads, if it is an address of the web. */
  readonly href: string | undefined;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}]/g;

/** A line in parts: coloured as it was printed, with what is searched for, and with links. */
export const partsOf = (line: Line, searched: string): Part[] => {
  const { spans } = spansOf(line.text, line.style);
  const whole = spans.map((span) => span.text).join("");
  const marks = occurrences(whole, searched);
  const links = whole.includes("://") ? [...whole.matchAll(ADDRESS)].map((found): [number, number] => [found.index, found.index + found[0].length]) : [];
  if (marks.length === 0 && links.length === 0) return spans.map((span) => ({ ...span, marked: false, href: undefined }));
  const cuts = [...new Set([...marks.flat(), ...links.flat()])].sort((a, b) => a - b);
  const parts: Part[] = [];
  let at = 0;
  for (const span of spans) {
    for (const [from, to] of pieces(at, at + span.text.length, cuts)) {
      const link = within(links, from);
      parts.push({ text: whole.slice(from, to), style: span.style, marked: within(marks, from) !== undefined, href: link && whole.slice(link[0], link[1]) });
    }
    at += span.text.length;
  }
  return parts;
};

const pieces = (from: number, to: number, cuts: readonly number[]): [number, number][] => {
  const inside = [from, ...cuts.filter((cut) => cut > from && cut < to), to];
  return inside.slice(1).map((end, index) => [inside[index] ?? from, end]);
};

const within = (ranges: readonly [number, number][], at: number): [number, number] | undefined => ranges.find(([from, to]) => at >= from && at < to);

/** The names of a style, for the page's own colours. */
export const styleNames = (style: Style): string[] =>
  [
    style.colour && `colour-${style.colour}`,
    style.ground && `ground-${style.ground}`,
    style.bold && "bold",
    style.dim && "dim",
    style.italic && "italic",
    style.underlined && "underlined",
  ].filter((name): name is string => typeof name === "string");
