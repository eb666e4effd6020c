// How curves are told apart: by colour, and by their dashes for whoever does not see colours.

const TONES = ["blue", "orange", "teal", "grape", "red", "cyan", "lime", "pink", "yellow", "indigo"] as const;
const DASHES = [undefined, "8 3", "2 3", "10 3 2 3", "5 5"] as const;

export const toneOf = (place: number): string => `light-dark(var(--mantine-color-${TONES[place % TONES.length]}-8), var(--mantine-color-${TONES[place % TONES.length]}-4))`;

export const dashOf = (place: number): string | undefined => DASHES[place % DASHES.length];
