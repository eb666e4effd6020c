import { describe, expect, it } from "vitest";

import { contrast, DARK_GROUNDS, DARK_TONES, DARK_WORDS, LIGHT_GROUNDS, LIGHT_TONES, LIGHT_WORDS } from "./colours";

const THEMES = { light: { tones: LIGHT_TONES, grounds: LIGHT_GROUNDS, words: LIGHT_WORDS }, dark: { tones: DARK_TONES, grounds: DARK_GROUNDS, words: DARK_WORDS } };

describe("contrast", () => {
  it("is 21 between black and white, 1 between equals", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
    expect(contrast("#8b949c", "#8b949c")).toBe(1);
  });
});

for (const [theme, { tones, grounds, words }] of Object.entries(THEMES)) {
  describe(`states on ${theme} pages`, () => {
    for (const [name, tone] of Object.entries(tones)) {
      it(`${name} can be read on its own ground, on cards and on the page`, () => {
        for (const ground of [tone.back, grounds.card, grounds.page]) expect(contrast(tone.text, ground)).toBeGreaterThanOrEqual(4.5);
      });
      it(`words can be read on the ground of ${name}, as in notes of errors`, () => {
        for (const word of Object.values(words)) expect(contrast(word, tone.back)).toBeGreaterThanOrEqual(4.5);
      });
      it(`${name} lines can be seen`, () => {
        for (const ground of [grounds.card, grounds.page]) expect(contrast(tone.line, ground)).toBeGreaterThanOrEqual(3);
      });
    }
  });
}
