// What a page hands over as a file: rows as CSV, and names.

/**
 * Rows as CSV (RFC 4180): quoted where needed, lines that end as spreadsheets expect it.
 * A text that a spreadsheet would take for a formula gets an apostrophe before it: steps choose what stands in it.
 */
export const csv = (columns: readonly string[], rows: readonly (readonly unknown[])[]): string => [columns, ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");

const FORMULA = /^[=+\-@\t\r]/;

const cell = (value: unknown): string => {
  const text = value === null || value === undefined ? "" : typeof value === "string" ? guarded(value) : JSON.stringify(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** Numbers that are written as texts stay numbers. */
const guarded = (text: string): string => (FORMULA.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text);

/** A name for a file, made of words in any script, that any system takes. */
export const fileName = (parts: readonly string[], ending: string): string => {
  const stem = parts
    .map((part) => part.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, ""))
    .filter(Boolean)
    .join("-")
    .slice(0, 100);
  return `${stem || "bakehouse"}.${ending}`;
};
