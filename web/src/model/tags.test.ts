import { describe, expect, it } from "vitest";

import { changeOf, LONGEST, tagOf, textsOf, whyNot, withTag } from "./tags";

describe("a text as a tag", () => {
  it.each([
    ["team=vision", ["team", "vision"]],
    [" team =a = b ", ["team", "a = b "]],
    ["reviewed", ["reviewed", ""]],
    ["reviewed=", ["reviewed", ""]],
  ])("%j", (text, tag) => expect(tagOf(text)).toEqual(tag));

  it.each(["", "=x", "a.b=c", `${"k".repeat(LONGEST + 1)}=`, `k=${"v".repeat(LONGEST + 1)}`])("%j can be none", (text) => {
    expect(whyNot(text)).not.toBe("");
    expect(withTag(["a=b"], text)).toEqual(["a=b"]);
  });

  it("counts characters as the server does", () => expect(whyNot(`k=${"🍞".repeat(LONGEST)}`)).toBe(""));
});

describe("tags of a run", () => {
  it("are in the order of their keys", () => expect(textsOf({ b: "1", a: "" })).toEqual(["a=", "b=1"]));
  it("have one value for a key", () => expect(withTag(["a=1", "b=2"], "a=3")).toEqual(["b=2", "a=3"]));
  it("are changed by what differs", () => {
    expect(changeOf({ a: "1", b: "2", c: "" }, ["a=1", "b=3", "d="])).toEqual({ tags: { b: "3", d: "" }, removed: ["c"] });
    expect(changeOf({ a: "1" }, ["a=1"])).toEqual({ tags: {}, removed: [] });
  });
});
