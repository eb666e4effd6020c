import { describe, expect, it } from "vitest";

import { contrast, DARK_GROUNDS, DARK_TONES, LIGHT_GROUNDS, LIGHT_TONES } from "./colours";

const THEMES = { light: { tones: LIGHT_TONES, grounds: LIGHT_GROUNDS }, dark: { tones: DARK_TONES, grounds: DARK_GROUNDS } };

describe("contrast", () => {
  it("is 21 between black and white, 1 between equals", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
    expect(contrast("#8b949c", "#8b949c")).toBe(1);
  });
});

for (const [theme, { tones, grounds }] of Object.entries(THEMES)) {
  describe(`states on ${theme} pages`, () => {
    for (const [name, tone] of Object.entries(tones)) {
      it(`${name} can be read on its own ground, on cards and on the page`, () => {
        for (const ground of [tone.back, grounds.card, grounds.page]) expect(contrast(tone.text, ground)).toBeGreaterThanOrEqual(4.5);
      });
      it(`${name} lines can be seen`, () => {
        for (const ground of [grounds.card, grounds.page]) expect(contrast(tone.line, ground)).toBeGreaterThanOrEqual(3);
      });
    }
  });
}
