// The form of a new run: what stands in its fields, what that means, and what is wrong with it.

import { inexactIn, type JsonMistake, readJson } from "./json";
import type { Input, RunDetail } from "./messages";

/** What stands in a field. `set`: whether it is given at all; an optional one may be left out. */
export interface Draft {
  set: boolean;
  /** As it stands there: JSON for lists, structs and choices, `true` or `false` or nothing for booleans. */
  text: string;
}

export type Drafts = Readonly<Record<string, Draft>>;

export type Reading = { kind: "value"; value: unknown } | { kind: "unset" } | { kind: "wrong"; message: string; mistake?: JsonMistake };

/** How a field is shown. */
export type Widget = "switch" | "yes-no" | "choice" | "number" | "json" | "text" | "long-text" | "none";

const LONG = 80;

export function widgetOf(input: Input): Widget {
  if (input.is_artifact || input.type === "TASK_FINAL_STATUS") return "none";
  if (input.literals.length > 0) return "choice";
  if (input.type === "BOOLEAN") return input.has_default ? "switch" : "yes-no";
  if (input.type === "NUMBER_INTEGER" || input.type === "NUMBER_DOUBLE") return "number";
  if (input.type === "LIST" || input.type === "STRUCT") return "json";
  const text = typeof input.default === "string" ? input.default : "";
  return text.length > LONG || text.includes("\n") ? "long-text" : "text";
}

const TYPES: Readonly<Record<string, string>> = {
  STRING: "text",
  NUMBER_INTEGER: "whole number",
  NUMBER_DOUBLE: "number",
  BOOLEAN: "yes or no",
  LIST: "list (JSON)",
  STRUCT: "struct (JSON)",
};

/** The type in words. */
export const typeInWords = (input: Input): string => (input.is_artifact ? `artifact (${input.type.replace(/^system\./, "")})` : (TYPES[input.type] ?? input.type));

/** JSON with a space after each comma and colon. */
function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, one]) => `${JSON.stringify(name)}: ${onOneLine(one)}`)
    .join(", ")}}`;
}

/** A value as it stands in the field of an input. */
export function textOf(input: Input, value: unknown): string {
  const widget = widgetOf(input);
  if (widget === "choice") return JSON.stringify(value);
  if (widget === "json") return onOneLine(value).length <= LONG ? onOneLine(value) : JSON.stringify(value, null, 2);
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

const blank = (input: Input): string => (input.type === "LIST" ? "[]" : input.type === "STRUCT" ? "{}" : "");

/** How a field begins: with what a run like it was given, or the default, or nothing. */
export function draftOf(input: Input, given?: { value: unknown }): Draft {
  if (given !== undefined) return { set: true, text: textOf(input, given.value) };
  if (input.has_default) return { set: true, text: textOf(input, input.default) };
  return { set: !input.optional, text: input.optional || widgetOf(input) !== "json" ? blank(input) : "" };
}

export function draftsOf(inputs: readonly Input[], given: Readonly<Record<string, unknown>> = {}): Drafts {
  return Object.fromEntries(inputs.map((input) => [input.name, draftOf(input, Object.hasOwn(given, input.name) ? { value: given[input.name] } : undefined)]));
}

/** What a field means. */
export function read(input: Input, draft: Draft): Reading {
  const widget = widgetOf(input);
  if (widget === "none") return input.optional ? { kind: "unset" } : { kind: "wrong", message: "A run cannot be given this." };
  if (!draft.set) return { kind: "unset" };
  const text = widget === "text" || widget === "long-text" ? draft.text : draft.text.trim();
  if (text === "" && !acceptsEmpty(input)) return { kind: "wrong", message: widget === "choice" || widget === "yes-no" ? "Choose a value." : "A value is missing." };
  return READERS[widget](text, input);
}

/** An empty text is a value where it is the default, or where the field is optional and was set on purpose. */
const acceptsEmpty = (input: Input): boolean => input.type === "STRING" && input.literals.length === 0 && (input.optional || input.has_default);

const READERS: Readonly<Record<Exclude<Widget, "none">, (text: string, input: Input) => Reading>> = {
  text: (text) => ({ kind: "value", value: text }),
  "long-text": (text) => ({ kind: "value", value: text }),
  switch: (text) => ({ kind: "value", value: text === "true" }),
  "yes-no": (text) => ({ kind: "value", value: text === "true" }),
  choice: (text) => ({ kind: "value", value: JSON.parse(text) as unknown }),
  number: readNumber,
  json: readStructure,
};

const WHOLE = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

const INEXACT = "A browser cannot send this number exactly: it goes to 9007199254740991. Start the run by `bakehouse run` or the client.";

function readNumber(text: string, input: Input): Reading {
  const number = Number(text);
  if (input.type === "NUMBER_INTEGER") {
    if (!WHOLE.test(text)) return { kind: "wrong", message: DECIMAL.test(text) ? `${text} is not a whole number.` : "This is not a whole number; write digits, such as 42." };
    if (!Number.isSafeInteger(number)) return { kind: "wrong", message: INEXACT };
    return { kind: "value", value: number };
  }
  if (!DECIMAL.test(text)) return { kind: "wrong", message: "This is not a number; write it as 0.5 or 1e-3." };
  if (!Number.isFinite(number)) return { kind: "wrong", message: "This number is too large." };
  return { kind: "value", value: number };
}

function readStructure(text: string, input: Input): Reading {
  const { value, mistake } = readJson(text);
  if (mistake !== null) return { kind: "wrong", message: `Line ${mistake.line}, column ${mistake.column}: ${mistake.message}.`, mistake };
  const inexact = inexactIn(text);
  if (inexact !== null) return { kind: "wrong", message: `Line ${inexact.line}, column ${inexact.column}: ${inexact.number} is too large. ${INEXACT}` };
  const isList = Array.isArray(value);
  if (input.type === "LIST" && !isList) return { kind: "wrong", message: "This is JSON, but no list: a list stands between [ and ]." };
  if (input.type === "STRUCT" && (isList || typeof value !== "object" || value === null)) return { kind: "wrong", message: "This is JSON, but no struct: a struct stands between { and }." };
  return { kind: "value", value };
}

export const isDefault = (input: Input, reading: Reading): boolean => input.has_default && reading.kind === "value" && same(reading.value, input.default);

/** Whether two JSON values are the same, in whatever order their names stand. */
export function same(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return one === other;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [mine, theirs] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const names = Object.keys(mine);
  return names.length === Object.keys(theirs).length && names.every((name) => Object.hasOwn(theirs, name) && same(mine[name], theirs[name]));
}

export interface Filled {
  /** What is sent: what differs from the defaults, which the server fills in itself. */
  parameters: Record<string, unknown>;
  /** What is wrong, by the names of the inputs. */
  wrong: Readonly<Record<string, string>>;
}

export function filled(inputs: readonly Input[], drafts: Drafts): Filled {
  const parameters: Record<string, unknown> = {};
  const wrong: Record<string, string> = {};
  for (const input of inputs) {
    const reading = read(input, drafts[input.name] ?? draftOf(input));
    if (reading.kind === "wrong") wrong[input.name] = reading.message;
    else if (reading.kind === "value" && !isDefault(input, reading)) parameters[input.name] = reading.value;
  }
  return { parameters, wrong };
}

/** What was given to a run that this pipeline does not ask for (it is of another version). */
export const unknownTo = (inputs: readonly Input[], given: Readonly<Record<string, unknown>>): string[] => {
  const names = new Set(inputs.map((input) => input.name));
  return Object.keys(given).filter((name) => !names.has(name));
};

/** How a run is to be run, beside what it is given. */
export type RunOptions = Pick<RunDetail, "use_cache" | "keep_going" | "max_parallel" | "nested_lists" | "strict_resources" | "timeout">;

export const USUAL: RunOptions = { use_cache: true, keep_going: false, max_parallel: 0, nested_lists: false, strict_resources: false, timeout: 0 };

/** The options of a run, for one like it. */
export const optionsOf = ({ use_cache, keep_going, max_parallel, nested_lists, strict_resources, timeout }: RunOptions): RunOptions => ({
  use_cache,
  keep_going,
  max_parallel,
  nested_lists,
  strict_resources,
  timeout,
});

/** What differs from the usual: the rest need not be said. */
export const unusual = (options: RunOptions): Partial<RunOptions> => Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== USUAL[name as keyof RunOptions]));

/** The settings of a run that only `bakehouse run` can give: what a run like it, started here, does instead. */
export const leftBehind = (run: Pick<RunDetail, "environment">): string[] => [
  ...(run.environment === "current" ? ["Its steps ran in the environment of `bakehouse run`; here each step gets an environment of its own."] : []),
  ...(run.environment !== "" && run.environment !== "current" ? [`It ran with the environment ${run.environment}; here each step gets the one that the server makes.`] : []),
];

const pad = (value: number): string => String(value).padStart(2, "0");

/** The name that a new run is offered: `digits 2026-11-24 14-03-05`. */
export function runName(pipeline: string, now: Date): string {
  const day = `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
  return `${pipeline} ${day} ${pad(now.getHours())}-${pad(now.getMinutes())}-${pad(now.getSeconds())}`;
}

/** The name of a run like another: `Clone of X`, `Clone of X (2)`. */
export function cloneName(name: string): string {
  const again = /^Clone of (.*?)(?: \((\d+)\))?$/.exec(name);
  return again === null ? `Clone of ${name}` : `Clone of ${again[1]} (${Number(again[2] ?? 1) + 1})`;
}
