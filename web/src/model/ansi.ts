// Terminal colours in printed text: what a line says, and how its parts are styled. Everything else that a terminal obeys is dropped.

/** One of a terminal's eight colours; bright ones are shown as their plain ones. */
export type Colour = "black" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan" | "white";

export interface Style {
  readonly colour?: Colour;
  readonly ground?: Colour;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underlined?: boolean;
}

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export const PLAIN: Style = {};

const COLOURS: readonly Colour[] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const ESCAPE = "\u001b";
// CSI … final byte; OSC and other strings up to BEL or ST; two-character sequences; a sequence that the line breaks off.
const SEQUENCES =
  // eslint-disable-next-line no-control-regex -- these are the characters that terminals obey
  /\u001b\[([0-?]*)[ -/]*([@-~])|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|\u001b[ -/]*[0-Z\\^-~]|\u001b\[[0-?]*[ -/]*$|\u001b/g;
// eslint-disable-next-line no-control-regex -- as above
const UNSEEN = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;

const clean = (text: string): string => text.replace(UNSEEN, "");

/** The styled parts of a line that begins in a style, and the style that it leaves. */
export const spansOf = (line: string, before: Style = PLAIN): { spans: Span[]; after: Style } => {
  if (!line.includes(ESCAPE)) return { spans: [{ text: clean(line), style: before }], after: before };
  const spans: Span[] = [];
  let style = before;
  let at = 0;
  const add = (end: number) => {
    const text = clean(line.slice(at, end));
    if (text) spans.push({ text, style });
  };
  for (const found of line.matchAll(SEQUENCES)) {
    add(found.index);
    at = found.index + found[0].length;
    if (found[2] === "m") style = restyled(style, found[1] ?? "");
  }
  add(line.length);
  return { spans: spans.length ? spans : [{ text: "", style }], after: style };
};

/** What a line says, without anything that a terminal obeys. */
export const plainText = (line: string): string => (line.includes(ESCAPE) ? clean(line.replace(SEQUENCES, "")) : clean(line));

/** The style that a line leaves to the next one. */
export const styleAfter = (line: string, before: Style): Style => (line.includes(ESCAPE) ? spansOf(line, before).after : before);

const restyled = (before: Style, parameters: string): Style => {
  const codes = parameters === "" ? [0] : parameters.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  let style = before;
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      const [colour, used] = extended(codes.slice(index + 1));
      style = { ...style, [code === 38 ? "colour" : "ground"]: colour };
      index += used;
    } else {
      style = withCode(style, code);
    }
  }
  return style;
};

const CODES: Readonly<Record<number, Style>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underlined: true },
  22: { bold: undefined, dim: undefined },
  23: { italic: undefined },
  24: { underlined: undefined },
  39: { colour: undefined },
  49: { ground: undefined },
};

const withCode = (style: Style, code: number): Style => {
  if (code === 0) return PLAIN;
  const known = CODES[code];
  if (known) return { ...style, ...known };
  const tens = Math.floor(code / 10);
  const colour = code % 10 < 8 ? COLOURS[code % 10] : undefined;
  if (colour && (tens === 3 || tens === 9)) return { ...style, colour };
  if (colour && (tens === 4 || tens === 10)) return { ...style, ground: colour };
  return style;
};

/** A colour of 256 or of 16 million as the nearest of the eight, so that it can be read on either ground; and how many codes it took. */
const extended = (codes: number[]): [Colour | undefined, number] => {
  if (codes[0] === 5) {
    const index = codes[1] ?? 0;
    if (index < 16) return [COLOURS[index % 8], 2];
    if (index >= 232) return [index < 244 ? "black" : "white", 2];
    const cube = index - 16;
    const level = (place: number) => (Math.floor(cube / place) % 6) * 51;
    return [nearest(level(36), level(6), level(1)), 2];
  }
  if (codes[0] === 2) return [nearest(codes[1] ?? 0, codes[2] ?? 0, codes[3] ?? 0), 4];
  return [undefined, 0];
};

const nearest = (red: number, green: number, blue: number): Colour | undefined => {
  const most = Math.max(red, green, blue);
  if (most < 64) return "black";
  const part = (value: number) => (value > most * 0.6 ? 1 : 0);
  return COLOURS[part(red) + 2 * part(green) + 4 * part(blue)];
};
