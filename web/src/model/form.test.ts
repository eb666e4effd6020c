import { describe, expect, it } from "vitest";

import { inputFactory as make, runFactory } from "./factories";
import { cloneName, draftOf, draftsOf, filled, leftBehind, optionsOf, read, runName, same, textOf, typeInWords, unknownTo, unusual, USUAL, widgetOf } from "./form";

const set = (text: string) => ({ set: true, text });

describe("the kind of a field", () => {
  it.each([
    ["a text", make.text(), "text"],
    ["a long default", make.withDefault("STRING", "x".repeat(100)), "long-text"],
    ["a default of several lines", make.withDefault("STRING", "a\nb"), "long-text"],
    ["a whole number", make.integer(), "number"],
    ["a boolean with a default", make.withDefault("BOOLEAN", false), "switch"],
    ["a boolean that has to be chosen", make.boolean(), "yes-no"],
    ["a list", make.list(), "json"],
    ["choices of numbers", make.integer({ literals: [1, 2] }), "choice"],
    ["an artifact", make.artifact(), "none"],
  ])("of %s", (_, input, widget) => expect(widgetOf(input)).toBe(widget));
});

describe("the type in words", () => {
  it.each([
    [make.integer(), "whole number"],
    [make.artifact(), "artifact (Dataset)"],
    [make.artifact({ type: "google.VertexModel" }), "artifact (google.VertexModel)"],
  ])("is said", (input, words) => expect(typeInWords(input)).toBe(words));
});

describe("how a field begins", () => {
  it.each([
    ["0", make.withDefault("NUMBER_INTEGER", 0), set("0")],
    ["0.0", make.withDefault("NUMBER_DOUBLE", 0), set("0")],
    ["false", make.withDefault("BOOLEAN", false), set("false")],
    ["an empty text", make.withDefault("STRING", ""), set("")],
    ["an empty list", make.withDefault("LIST", []), set("[]")],
    ["a struct", make.withDefault("STRUCT", { a: [1, 2] }), set('{"a": [1, 2]}')],
  ])("with the default %s", (_, input, draft) => {
    expect(draftOf(input)).toEqual(draft);
    expect(read(input, draft)).toEqual({ kind: "value", value: input.default });
    expect(filled([input], { [input.name]: draft })).toEqual({ parameters: {}, wrong: {} });
  });

  it("unset, where it may be left out", () => {
    const input = make.optional("STRING");
    expect(draftOf(input)).toEqual({ set: false, text: "" });
    expect(filled([input], draftsOf([input]))).toEqual({ parameters: {}, wrong: {} });
  });

  it("with what a run like it was given, null and false too", () => {
    const inputs = [make.withDefault("BOOLEAN", true, { name: "dry" }), make.text({ name: "who" })];
    expect(filled(inputs, draftsOf(inputs, { dry: false, who: "me" })).parameters).toEqual({ dry: false, who: "me" });
  });

  it("with long JSON on several lines", () => {
    expect(textOf(make.list(), Array.from({ length: 40 }, (_, at) => at))).toContain("\n");
  });
});

describe("what a field means", () => {
  it.each([
    ["12", 12],
    [" -3 ", -3],
    ["+4", 4],
  ])("whole number %s", (text, value) => expect(read(make.integer(), set(text))).toEqual({ kind: "value", value }));

  it.each(["1.5", "1e3", "abc", "0x10", "1,000", "9007199254740993"])("no whole number: %s", (text) => expect(read(make.integer(), set(text)).kind).toBe("wrong"));

  it.each([
    ["0.5", 0.5],
    [".5", 0.5],
    ["1e-3", 0.001],
    ["7", 7],
  ])("number %s", (text, value) => expect(read(make.double(), set(text))).toEqual({ kind: "value", value }));

  it.each(["NaN", "Infinity", "1e999", "1.2.3", ""])("no number: %s", (text) => expect(read(make.double(), set(text)).kind).toBe("wrong"));

  it("keeps the spaces of a text", () => expect(read(make.text(), set(" a "))).toEqual({ kind: "value", value: " a " }));
  it("wants a text that has to be given", () => expect(read(make.text(), set(""))).toEqual({ kind: "wrong", message: "A value is missing." }));
  it("takes an empty text that was set on purpose", () => expect(read(make.optional("STRING"), set(""))).toEqual({ kind: "value", value: "" }));
  it("wants a choice", () => expect(read(make.boolean(), set("")).kind).toBe("wrong"));
  it("gives choices back with their type", () => expect(read(make.integer({ literals: [1, 2] }), set("2"))).toEqual({ kind: "value", value: 2 }));

  it.each(["[1, 9007199254740993]", '{"a": [-9007199254740993]}'])("refuses what a browser cannot hold exactly: %s", (text) =>
    expect(read(text.startsWith("[") ? make.list() : make.struct(), set(text))).toMatchObject({ kind: "wrong", message: expect.stringContaining("is too large. A browser cannot send this number exactly") as string }),
  );
  it("takes such digits in texts, and large numbers with a point or an exponent", () =>
    expect(read(make.list(), set('["9007199254740993 \\" 9007199254740993", 1e20, 9007199254740993.5, 9007199254740991]')).kind).toBe("value"));

  it("says where JSON is wrong", () => {
    const reading = read(make.list(), set("[1,\n2,]"));
    expect(reading).toMatchObject({ kind: "wrong", message: 'Line 2, column 3: there is a "," too many before "]".' });
  });

  it.each([
    [make.list(), "{}"],
    [make.struct(), "[]"],
    [make.struct(), "null"],
    [make.struct(), '"a"'],
  ])("tells lists from structs", (input, text) => expect(read(input, set(text)).kind).toBe("wrong"));
});

describe("what is sent", () => {
  it("is what differs from the defaults; what is wrong is named", () => {
    const inputs = [make.withDefault("NUMBER_INTEGER", 7, { name: "seed" }), make.integer({ name: "rows" }), make.text({ name: "who" })];
    const drafts = { seed: set("8"), rows: set("x"), who: set("me") };
    const { parameters, wrong } = filled(inputs, drafts);
    expect(parameters).toEqual({ seed: 8, who: "me" });
    expect(Object.keys(wrong)).toEqual(["rows"]);
  });

  it("does not know what another version was given", () => expect(unknownTo([make.text({ name: "a" })], { a: 1, b: 2 })).toEqual(["b"]));
});

describe("a run like another", () => {
  it("is told what it cannot take over", () => {
    expect(leftBehind({ environment: "" })).toEqual([]);
    expect(leftBehind({ environment: "current" })).toHaveLength(1);
  });

  it("is run as that one was", () => {
    const run = runFactory.detail({ keep_going: true, max_parallel: 2, nested_lists: true, timeout: 90 });
    expect(optionsOf(run)).toEqual({ ...USUAL, keep_going: true, max_parallel: 2, nested_lists: true, timeout: 90 });
  });

  it("says of its options only what is not usual", () => {
    expect(unusual(USUAL)).toEqual({});
    expect(unusual({ ...USUAL, use_cache: false, max_parallel: 3 })).toEqual({ use_cache: false, max_parallel: 3 });
  });
});

describe("names of runs", () => {
  it("say when", () => expect(runName("digits", new Date(2026, 0, 2, 3, 4, 5))).toBe("digits 2026-01-02 03-04-05"));
  it.each([
    ["a", "Clone of a"],
    ["Clone of a", "Clone of a (2)"],
    ["Clone of a (2)", "Clone of a (3)"],
  ])("%s is cloned as %s", (name, clone) => expect(cloneName(name)).toBe(clone));
});

describe("same", () => {
  it("does not mind the order of names", () => expect(same({ a: 1, b: [{}] }, { b: [{}], a: 1 })).toBe(true));
  it.each([
    [[], {}],
    [{ a: 1 }, { a: 1, b: undefined }],
    [[1], [1, 2]],
    [0, false],
    [null, 0],
    ["1", 1],
  ])("tells %j from %j", (one, other) => expect(same(one, other)).toBe(false));
});
