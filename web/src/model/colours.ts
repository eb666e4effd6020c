// The colours of states, and how well two colours can be told apart.

import type { StateTone } from "./states";

export interface Tone {
  /** Of words and pictures. */
  text: string;
  /** Behind them. */
  back: string;
  /** Of lines, bars and the edges of boxes: strong enough to be seen alone. */
  line: string;
}

export type Tones = Readonly<Record<StateTone, Tone>>;

export const LIGHT_TONES: Tones = {
  good: { text: "#1b6b33", back: "#e3f4e6", line: "#2b8a3e" },
  bad: { text: "#a81e1e", back: "#fdeaea", line: "#d03030" },
  busy: { text: "#1558a6", back: "#e3effb", line: "#1c7ed6" },
  calm: { text: "#50575e", back: "#edeff1", line: "#7b848c" },
  warn: { text: "#8a4a00", back: "#fdf0dc", line: "#c26a00" },
  reused: { text: "#5f3aa8", back: "#f0eafb", line: "#7950c8" },
};

export const DARK_TONES: Tones = {
  good: { text: "#7fd895", back: "#1a3522", line: "#40a85a" },
  bad: { text: "#ff9c9c", back: "#451f20", line: "#f06060" },
  busy: { text: "#8ac4ff", back: "#1a3350", line: "#4a9eea" },
  calm: { text: "#c0c5ca", back: "#34383c", line: "#8b949c" },
  warn: { text: "#ffc078", back: "#44300f", line: "#e08a1e" },
  reused: { text: "#c9b0f7", back: "#32274a", line: "#9775e0" },
};

/** What is written on pages, cards and notes: what counts, and what is said beside it. */
export const LIGHT_WORDS = { text: "#1f2326", dimmed: "#5b6268" } as const;
export const DARK_WORDS = { text: "#e4e6e8", dimmed: "#a4abb1" } as const;

/** What lies behind everything: the page, and cards on it. */
export const LIGHT_GROUNDS = { page: "#f8f7f5", card: "#ffffff" } as const;
export const DARK_GROUNDS = { page: "#17181a", card: "#202225" } as const;

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The contrast of two colours `#rrggbb` as WCAG measures it, from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
