// Contents of artifacts as a page shows them: tables in order, JSON as a tree, and the way into folders.

import type { components } from "../api/schema.gen";
import { inexactIn } from "./json";

export type Preview = components["schemas"]["Preview"];
export type Entry = components["schemas"]["Entry"];

// ---------------------------------------------------------------- tables

export interface Order {
  readonly column: number;
  readonly descending: boolean;
}

/** Whether a column holds numbers, but for cells that are empty. */
export const isNumeric = (rows: readonly (readonly string[])[], column: number): boolean => {
  let numbers = 0;
  for (const row of rows) {
    const cell = (row[column] ?? "").trim();
    if (cell === "") continue;
    if (!Number.isFinite(Number(cell))) return false;
    numbers += 1;
  }
  return numbers > 0;
};

/** Rows in an order, numbers by size; empty cells last. */
export const inOrder = (rows: readonly string[][], order: Order | undefined): readonly string[][] => {
  if (!order) return rows;
  const { column, descending } = order;
  const numeric = isNumeric(rows, column);
  return [...rows].sort((a, b) => {
    const [one, other] = [(a[column] ?? "").trim(), (b[column] ?? "").trim()];
    if (one === "" || other === "") return Number(one === "") - Number(other === "");
    const rank = numeric ? Number(one) - Number(other) : one.localeCompare(other, undefined, { numeric: true });
    return descending ? -rank : rank;
  });
};

/** The order after a click on a column: upwards, downwards, as it came. */
export const nextOrder = (order: Order | undefined, column: number): Order | undefined => {
  if (order?.column !== column) return { column, descending: false };
  return order.descending ? undefined : { column, descending: true };
};

/** Widths of columns in characters, by the longest of the first rows; none too narrow to read or too wide to pass by. */
export const widths = (columns: readonly string[], rows: readonly (readonly string[])[]): number[] =>
  columns.map((name, index) => {
    const longest = rows.slice(0, 200).reduce((most, row) => Math.max(most, (row[index] ?? "").length), name.length + 3);
    return Math.min(Math.max(longest + 2, 6), 60);
  });

// ---------------------------------------------------------------- JSON

/** A whole number that JavaScript would round, as it was written. */
export class LongNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Json = null | boolean | number | string | LongNumber | Json[] | { [key: string]: Json };

/** The one field of an object that stands for a long number while JSON is read; no file has one of that name. */
const LONG = "\ue000long number";

/** JSON from text, each number as it was written; `undefined` if it is none, for example because only its beginning is there. */
export const parsed = (text: string): Json | undefined => {
  try {
    if (inexactIn(text) === null) return JSON.parse(text) as Json;
    JSON.parse(text); // what is no JSON must not become some
    const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (part) => (inexactIn(part) === null ? part : `{"${LONG}":"${part}"}`));
    return JSON.parse(marked, (_, value: unknown) => {
      const long = typeof value === "object" && value !== null && LONG in value ? value[LONG] : undefined;
      return typeof long === "string" ? new LongNumber(long) : value;
    }) as Json;
  } catch {
    return undefined;
  }
};

/** A value without values in it as JSON writes it. */
export const plainText = (value: Json): string => (value instanceof LongNumber ? value.text : JSON.stringify(value));

/** What is in a value: `3 items`, `2 fields`; nothing for a plain one. */
export const contentsOf = (value: Json): string => {
  if (value instanceof LongNumber) return "";
  if (Array.isArray(value)) return `${value.length} ${value.length === 1 ? "item" : "items"}`;
  if (value !== null && typeof value === "object") {
    const count = Object.keys(value).length;
    return `${count} ${count === 1 ? "field" : "fields"}`;
  }
  return "";
};

/** The values in a value, by key or place. */
export const childrenOf = (value: Json): [string, Json][] => {
  if (Array.isArray(value)) return value.map((one, index) => [String(index), one]);
  return value !== null && typeof value === "object" && !(value instanceof LongNumber) ? Object.entries(value) : [];
};

// ---------------------------------------------------------------- places

/** The folders above a path, from the artifact itself on: name, and path. */
export const crumbs = (path: string): { name: string; path: string }[] => {
  const parts = path.split("/").filter(Boolean);
  return parts.map((name, index) => ({ name, path: parts.slice(0, index + 1).join("/") }));
};

/** The last part of a path. */
export const leaf = (path: string): string => path.split("/").filter(Boolean).at(-1) ?? path;

/** A link of a document that may be followed: to the web or by mail, nothing that runs. */
export const safeLink = (href: string | undefined): string | undefined => (href && /^(https?:\/\/|mailto:)/i.test(href) ? href : undefined);
