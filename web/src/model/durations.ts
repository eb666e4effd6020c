// Spans and moments of time, and sizes, in words.

/** Seconds as people read them, rounded to the unit that is shown last: `412 ms`, `9.4 s`, `14 s`, `2 min 5 s`, `1 h 2 min`, `4 d 3 h`. The command line has the same rule. */
export function duration(seconds: number): string {
  const milliseconds = Math.round(Math.max(0, seconds) * 1000);
  if (milliseconds < 1000) return `${milliseconds} ms`;
  const tenths = Math.round(seconds * 10);
  if (tenths < 100) return `${(tenths / 10).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return two(whole, 60, "min", "s");
  const minutes = Math.round(seconds / 60);
  return minutes < 24 * 60 ? two(minutes, 60, "h", "min") : two(Math.round(seconds / 3_600), 24, "d", "h");
}

/** Milliseconds, likewise. */
export const fine = (milliseconds: number): string => duration(milliseconds / 1000);

/** Seconds of something that goes on: whole ones that have passed, so that it ticks evenly. */
export function soFar(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return whole < 10 ? `${whole} s` : duration(whole);
}

function two(count: number, size: number, large: string, small: string): string {
  const rest = count % size === 0 ? "" : ` ${count % size} ${small}`;
  return `${Math.floor(count / size)} ${large}${rest}`;
}

export type Unit = "seconds" | "minutes" | "hours";
export const UNITS: Readonly<Record<Unit, number>> = { seconds: 1, minutes: 60, hours: 3_600 };

/** The largest unit of which a number of seconds is a whole number. */
export const unitOf = (seconds: number): Unit => (["hours", "minutes"] as const).find((unit) => seconds % UNITS[unit] === 0) ?? "seconds";

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
