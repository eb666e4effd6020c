import { describe, expect, it } from "vitest";

import { readJson } from "./json";

describe("readJson", () => {
  it.each(["1", "-0.5e3", '"a\\n"', "[]", "{}", '{"a": [1, {"b": null}]}', " true "])("takes %s", (text) => {
    expect(readJson(text)).toEqual({ value: JSON.parse(text) as unknown, mistake: null });
  });

  it.each([
    ["[1, 2", '"," or "]" is missing before the end', 1, 6],
    ["[1,\n 2,\n]", 'there is a "," too many before "]"', 3, 1],
    ["{'a': 1}", 'a name between " and " is missing before "\'"', 1, 2],
    ["['a']", 'texts stand between " and ", not between \' and \'', 1, 2],
    ['{"a" 1}', '":" is missing before "1"', 1, 6],
    ['{"a": 1,}', 'there is a "," too many before "}"', 1, 9],
    ["[True]", "JSON writes true, not True", 1, 2],
    ["[NaN]", '"NaN" is no value; texts stand between " and "', 1, 2],
    ["", "a value is missing at the end", 1, 1],
    ["[1] x", 'nothing may follow the value, but "x" does', 1, 5],
    ['"abc', 'the text is not closed by "', 1, 5],
    ['"a\\d"', "\\ begins no character that JSON knows; write \\\\ for \\ itself", 1, 3],
    ["[01]", '"," or "]" is missing before "1"', 1, 3],
  ])("says where %s is wrong", (text, message, line, column) => {
    expect(readJson(text).mistake).toMatchObject({ message, line, column });
  });

  it("agrees with the browser about what is JSON", () => {
    const pieces = ["[", "]", "{", "}", ",", ":", '"a"', "1", "-", "true", " ", "0", ".", "e"];
    let seed = 7;
    for (let round = 0; round < 3000; round += 1) {
      let text = "";
      for (let length = 0; length < 6; length += 1) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        text += pieces[seed % pieces.length] ?? "";
      }
      let good = true;
      try {
        JSON.parse(text);
      } catch {
        good = false;
      }
      const { mistake } = readJson(text);
      expect(mistake === null, text).toBe(good);
      expect(mistake?.message, text).not.toBe("this is no JSON");
    }
  });
});
