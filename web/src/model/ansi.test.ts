import { describe, expect, it } from "vitest";

import { PLAIN, plainText, spansOf } from "./ansi";

const ESC = "\u001b";

describe("terminal colours", () => {
  it("styles what stands between two colours", () => {
    expect(spansOf(`a ${ESC}[31mred${ESC}[0m b`).spans).toEqual([
      { text: "a ", style: PLAIN },
      { text: "red", style: { colour: "red" } },
      { text: " b", style: PLAIN },
    ]);
  });

  it("carries a style on to the next line", () => {
    const { after } = spansOf(`${ESC}[1;33mwarning`);
    expect(spansOf("goes on", after).spans).toEqual([{ text: "goes on", style: { bold: true, colour: "yellow" } }]);
  });

  it("reads 256 and 16 million colours as the nearest plain one", () => {
    expect(spansOf(`${ESC}[38;5;196mx`).spans[0]?.style.colour).toBe("red");
    expect(spansOf(`${ESC}[38;2;20;200;30mx`).spans[0]?.style.colour).toBe("green");
    expect(spansOf(`${ESC}[48;5;21;1mx`).spans[0]?.style).toEqual({ ground: "blue", bold: true });
  });

  it("drops everything else that a terminal obeys", () => {
    expect(plainText(`${ESC}[2K${ESC}]0;title\u0007one${ESC}(B two\u0000\u0007${ESC}[?25l`)).toBe("one two");
    expect(plainText(`${ESC}]8;;https://example.org${ESC}\\link${ESC}]8;;${ESC}\\`)).toBe("link");
    expect(plainText(`broken off ${ESC}[3`)).toBe("broken off ");
  });

  it("leaves text without colours as it is", () => {
    expect(plainText("2026-01-01T00:00:00.000Z\tä €")).toBe("2026-01-01T00:00:00.000Z\tä €");
  });
});
