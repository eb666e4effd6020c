import { describe, expect, it } from "vitest";

import { wordsOf } from "./words";

describe("a sentence with code in it", () => {
  it.each([
    ["Start it with `bakehouse server`, or not.", ["Start it with ", "<bakehouse server>", ", or not."]],
    ["`a` `b`", ["<a>", " ", "<b>"]],
    ["one ` alone", ["one ` alone"]],
    ["`over\nlines`", ["`over\nlines`"]],
    ["``", ["``"]],
    ["", []],
  ])("%j", (text, parts) => expect(wordsOf(text).map((part) => (part.code ? `<${part.text}>` : part.text))).toEqual(parts));
});
