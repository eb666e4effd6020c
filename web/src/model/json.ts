// JSON as people write it: where a mistake is, by line and column.

export interface JsonMistake {
  message: string;
  /** Characters from the beginning. */
  offset: number;
  line: number;
  column: number;
}

export type JsonRead = { value: unknown; mistake: null } | { value: null; mistake: JsonMistake };

/** Browsers tell of mistakes in words of their own, if at all where: so the place is found here. */
export function readJson(text: string): JsonRead {
  try {
    return { value: JSON.parse(text) as unknown, mistake: null };
  } catch {
    const { offset, message } = firstMistake(text);
    const before = text.slice(0, offset).split("\n");
    return { value: null, mistake: { message, offset, line: before.length, column: (before.at(-1) ?? "").length + 1 } };
  }
}

/** The first whole number in a JSON text that JavaScript cannot hold exactly, where it stands; `null` if there is none. Texts are passed over. */
export function inexactIn(text: string): { number: string; line: number; column: number } | null {
  for (const { 0: part, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)) {
    if (!/^-?\d+$/.test(part) || Number.isSafeInteger(Number(part))) continue;
    const before = text.slice(0, index).split("\n");
    return { number: part, line: before.length, column: (before.at(-1) ?? "").length + 1 };
  }
  return null;
}

class Mistake extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

function firstMistake(text: string): { message: string; offset: number } {
  try {
    const end = skip(text, value(text, skip(text, 0), 0));
    if (end < text.length) throw new Mistake(`nothing may follow the value, but ${shown(text, end)} does`, end);
    return { message: "this is no JSON", offset: text.length };
  } catch (error) {
    if (error instanceof Mistake) return { message: error.message, offset: error.offset };
    throw error;
  }
}

const DEEPEST = 500;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
// eslint-disable-next-line no-control-regex
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

function match(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

const skip = (text: string, at: number): number => match(SPACE, text, at) ?? at;

const shown = (text: string, at: number): string => (at >= text.length ? "the end" : `"${text.slice(at, at + 1)}"`);

/** The end of the value that begins at `at`. */
function value(text: string, at: number, depth: number): number {
  if (depth > DEEPEST) throw new Mistake("this is nested too deeply", at);
  const first = text[at];
  if (first === "{") return object(text, at, depth);
  if (first === "[") return array(text, at, depth);
  if (first === '"') return string(text, at);
  if (first === "'") throw new Mistake('texts stand between " and ", not between \' and \'', at);
  const end = match(WORD, text, at) ?? match(NUMBER, text, at);
  if (end === null || end === at) throw new Mistake(wordHint(text, at) ?? (at >= text.length ? "a value is missing at the end" : `a value is missing before ${shown(text, at)}`), at);
  return end;
}

function wordHint(text: string, at: number): string | null {
  const word = /^[A-Za-z_]+/.exec(text.slice(at, at + 40))?.[0];
  if (word === undefined) return null;
  const meant = { True: "true", False: "false", None: "null" }[word];
  return meant === undefined ? `"${word}" is no value; texts stand between " and "` : `JSON writes ${meant}, not ${word}`;
}

function string(text: string, at: number): number {
  const end = match(STRING, text, at) ?? at;
  if (text[end] === '"') return end + 1;
  if (end >= text.length || text[end] === "\n") throw new Mistake('the text is not closed by "', end);
  throw new Mistake(text[end] === "\\" ? "\\ begins no character that JSON knows; write \\\\ for \\ itself" : "this character has to be written as \\n, \\t or \\u…", end);
}

function array(text: string, at: number, depth: number): number {
  let next = skip(text, at + 1);
  if (text[next] === "]") return next + 1;
  for (;;) {
    next = skip(text, value(text, next, depth + 1));
    if (text[next] === "]") return next + 1;
    if (text[next] !== ",") throw new Mistake(`"," or "]" is missing before ${shown(text, next)}`, next);
    next = skip(text, next + 1);
    if (text[next] === "]") throw new Mistake('there is a "," too many before "]"', next);
  }
}

function object(text: string, at: number, depth: number): number {
  let next = skip(text, at + 1);
  if (text[next] === "}") return next + 1;
  for (;;) {
    if (text[next] !== '"') throw new Mistake(text[next] === "}" ? 'there is a "," too many before "}"' : `a name between " and " is missing before ${shown(text, next)}`, next);
    next = skip(text, string(text, next));
    if (text[next] !== ":") throw new Mistake(`":" is missing before ${shown(text, next)}`, next);
    next = skip(text, value(text, skip(text, next + 1), depth + 1));
    if (text[next] === "}") return next + 1;
    if (text[next] !== ",") throw new Mistake(`"," or "}" is missing before ${shown(text, next)}`, next);
    next = skip(text, next + 1);
  }
}
