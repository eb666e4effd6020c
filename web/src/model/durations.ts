// Spans and moments of time, and sizes, in words.

/** Seconds as people read them: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function duration(seconds: number): string {
  const span = Math.max(0, seconds);
  if (span < 9.95) return `${(Math.floor(span * 10) / 10).toFixed(1)} s`;
  if (span < 60) return `${Math.floor(span)} s`;
  const minutes = Math.floor(span / 60);
  if (minutes < 60) return two(minutes, "min", Math.floor(span % 60), "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(hours, "h", minutes % 60, "min");
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** Milliseconds as people read them, below a second each of them: an attempt starts within a few. */
export const fine = (milliseconds: number): string => (milliseconds < 999.5 ? `${Math.round(milliseconds)} ms` : duration(Math.max(1, milliseconds / 1000)));

/** Seconds of something that goes on: whole ones, so that it ticks evenly. */
export const soFar = (seconds: number): string => (seconds < 60 ? `${Math.max(0, Math.floor(seconds))} s` : duration(seconds));

const two = (large: number, of: string, small: number, rest: string): string => (small === 0 ? `${large} ${of}` : `${large} ${of} ${small} ${rest}`);

/** Seconds between two moments (RFC 3339); until now if it has not ended; `null` if it has not begun. */
export function spanOf(started: string | null | undefined, finished: string | null | undefined, now: number): number | null {
  if (!started) return null;
  const end = finished ? Date.parse(finished) : now;
  return Math.max(0, (end - Date.parse(started)) / 1000);
}

const STEPS: readonly [number, number, string][] = [
  [60, 1, "s"],
  [3_600, 60, "min"],
  [86_400, 3_600, "h"],
  [30 * 86_400, 86_400, "d"],
];

/** How long ago a moment is: `now`, `40 s ago`, `3 min ago`, `5 d ago`, then its day. */
export function ago(moment: string, now: number): string {
  const seconds = (now - Date.parse(moment)) / 1000;
  if (seconds < 5) return "now";
  const found = STEPS.find(([below]) => seconds < below);
  return found === undefined ? day(moment) : `${Math.floor(seconds / found[1])} ${found[2]} ago`;
}

const pad = (value: number, digits = 2): string => String(value).padStart(digits, "0");

/** The day of a moment where the reader is: `2026-11-24`. */
export function day(moment: string): string {
  const at = new Date(moment);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
}

/** A moment where the reader is: `2026-11-24 14:03:05`. */
export function exact(moment: string): string {
  const at = new Date(moment);
  return `${day(moment)} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** Bytes as people read them, in powers of 1,024: `512 B`, `1.5 KiB`. */
export function size(bytes: number): string {
  let value = bytes;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (value < 1024) return unit === "B" || value >= 100 ? `${Math.round(value)} ${unit}` : `${value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TiB`;
}

/** A number and its noun: `1 run`, `3 runs`. */
export const count = (number: number, one: string, many = `${one}s`): string => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

/** A moment as `datetime-local` fields hold it, where the reader is. */
export function toLocal(moment: string | undefined): string {
  if (moment === undefined) return "";
  const at = new Date(moment);
  return `${day(moment)}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** The reverse; `undefined` for an empty or half-filled field. */
export function fromLocal(text: string): string | undefined {
  const at = new Date(text);
  return text === "" || Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
