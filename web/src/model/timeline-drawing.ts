// A timeline as files: a drawing that stands alone, and rows.

import { DARK_GROUNDS, DARK_TONES, DARK_WORDS, LIGHT_GROUNDS, LIGHT_TONES, LIGHT_WORDS, type Tones } from "./colours";
import { fine } from "./durations";
import type { StateTone } from "./states";
import { fullName } from "./steps";
import { type Lane, PHASES, type Segment, ticks, type Timeline } from "./timeline";

const WIDTH = 1_200;
const NAMES = 260;
const ROW = 26;
const HEAD = 34;
const SIDE = 70; // room for a time beside the last bar

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
// Control characters cannot stand in XML at all.
// eslint-disable-next-line no-control-regex -- these are meant
const escaped = (text: string): string => text.replace(/[\u0000-\u001f]/g, "\ufffd").replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);

/** How large the drawing of so many lanes is. */
export const sizeOf = (lanes: number): { width: number; height: number } => ({ width: WIDTH, height: HEAD + lanes * ROW + 10 + ROW });

/** The timeline as SVG, all lanes of it. */
export const timelineSvg = (timeline: Timeline, lanes: readonly Lane[], scheme: "light" | "dark"): string => {
  const [ground, tones, text] = scheme === "light" ? [LIGHT_GROUNDS.card, LIGHT_TONES, LIGHT_WORDS.text] : [DARK_GROUNDS.card, DARK_TONES, DARK_WORDS.text];
  const span = timeline.to - timeline.from;
  const room = WIDTH - NAMES - SIDE;
  const x = (at: number): number => NAMES + ((at - timeline.from) / span) * room;
  const { width, height } = sizeOf(lanes.length);
  const axis = ticks(span, 8).map((at) => {
    const place = x(timeline.from + at).toFixed(1);
    return `<line x1="${place}" y1="${HEAD - 8}" x2="${place}" y2="${height}" stroke="${tones.calm.back}"/><text x="${place}" y="${HEAD - 14}">${at === 0 ? "0" : fine(at)}</text>`;
  });
  const rows = lanes.map((lane, index) => laneSvg(lane, HEAD + index * ROW, x, tones));
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="${text}">`,
    `<rect width="100%" height="100%" fill="${ground}"/>`,
    ...axis,
    ...rows,
    legendSvg(height - 18, tones),
    `</svg>\n`,
  ].join("\n");
};

const laneSvg = (lane: Lane, top: number, x: (at: number) => number, tones: Tones): string => {
  const full = fullName(lane);
  const name = full.length > 36 ? `${full.slice(0, 35)}…` : full;
  const bars = lane.segments.map((one) => {
    const thin = one.phase === "waiting";
    const colour = tones[toneOf(one)].line;
    const width = Math.max(1, x(one.to) - x(one.from)).toFixed(1);
    const opacity = one.phase === "running" || thin ? "" : ` fill-opacity="0.45"`;
    return `<rect x="${x(one.from).toFixed(1)}" y="${top + (thin ? 11 : 5)}" width="${width}" height="${thin ? 2 : 14}" fill="${colour}"${opacity}><title>${PHASES[one.phase].label} ${fine(one.to - one.from)}</title></rect>`;
  });
  const reused = lane.reusedAt === undefined ? "" : `<circle cx="${x(lane.reusedAt).toFixed(1)}" cy="${top + 12}" r="6" fill="${tones.reused.line}"><title>Result reused</title></circle>`;
  return `<text x="12" y="${top + 16}">${escaped(name)}</text>${bars.join("")}${reused}`;
};

/** What the colours mean, in one line. */
const legendSvg = (y: number, tones: Tones): string => {
  const phases = (Object.keys(PHASES) as Segment["phase"][]).map((phase) => ({ label: PHASES[phase].label, colour: tones[toneOf({ phase, open: false, failed: false })].line, pale: phase !== "running" }));
  const all = [...phases, { label: "Failed", colour: tones.bad.line, pale: false }, { label: "Result reused", colour: tones.reused.line, pale: false }];
  return all
    .map((one, index) => `<rect x="${12 + index * 147}" y="${y}" width="14" height="10" fill="${one.colour}"${one.pale ? ` fill-opacity="0.45"` : ""}/><text x="${32 + index * 147}" y="${y + 9}">${one.label}</text>`)
    .join("");
};

const toneOf = (one: Pick<Segment, "phase" | "open" | "failed">): StateTone => {
  if (one.phase === "running") return one.failed ? "bad" : one.open ? "busy" : "good";
  return ({ waiting: "calm", queued: "calm", preparing: "busy", starting: "busy", backing_off: "warn" } as const)[one.phase];
};

/** The columns of `timelineRows`. */
export const TIMELINE_COLUMNS = ["step", "phase", "attempt", "from", "to", "seconds", "failed"] as const;

/** One row for each phase of each step. */
export const timelineRows = (lanes: readonly Lane[]): unknown[][] =>
  lanes.flatMap((lane) =>
    lane.segments.map((one) => [lane.taskId, one.phase, one.attempt === 0 ? "" : one.attempt, new Date(one.from).toISOString(), new Date(one.to).toISOString(), (one.to - one.from) / 1000, one.failed ? "yes" : ""]),
  );
