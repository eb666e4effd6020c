import { describe, expect, it } from "vitest";

import { parseSearch, runsSearch, writeSearch, type RunsSearch } from "./addresses";
import { beginOf, changed, first, foldedFilters, isFiltered, queryOf, showsNewest, sorted, turned, turnedBack } from "./filters";

const NOW = Date.parse("2026-01-02T10:00:30Z");

describe("the address of a list", () => {
  it.each<[string, RunsSearch]>([
    ["", {}],
    ["?state=FAILED&state=RUNNING", { state: ["FAILED", "RUNNING"] }],
    ["?text=true", { text: "true" }],
    ["?text=007", { text: "007" }],
    ["?experiment=e1&pipeline_name=digits", { experiment: "e1", pipeline_name: "digits" }],
    ["?tag=team%3Da%3Db&tag=nightly&tag=reviewed%3D", { tag: ["team=a=b", "nightly", "reviewed="] }],
    ["?range=day&archived=true", { range: "day", archived: true }],
    ["?sort=name&order=asc&size=50", { sort: "name", order: "asc", size: 50 }],
    ["?page=t1&page=t2", { page: ["t1", "t2"] }],
  ])("%s is read and written", (text, search) => {
    expect(runsSearch(parseSearch(text))).toEqual(search);
    expect(runsSearch(parseSearch(writeSearch({ ...search })))).toEqual(search);
  });

  it.each(["?state=BROKEN", "?range=year", "?sort=secret", "?size=7", "?since=yesterday", "?order=up"])("%s means nothing", (text) => {
    expect(runsSearch(parseSearch(text))).toEqual({});
    // The router takes what is not named from the address as it was written.
    expect(Object.keys(runsSearch(parseSearch(text)))).toEqual(expect.arrayContaining(Object.keys(parseSearch(text)).filter((key) => key !== "other")));
  });
});

describe("the query", () => {
  it("is the newest first, 20 a page", () => {
    expect(queryOf({}, NOW)).toMatchObject({ sort: "created_at desc", page_size: 20, page_token: undefined, created_after: undefined });
  });

  it("begins a range at a whole minute", () => {
    expect(beginOf("hour", NOW)).toBe("2026-01-02T09:00:00.000Z");
    expect(queryOf({ range: "hour" }, NOW).created_after).toBe(queryOf({ range: "hour" }, NOW + 20_000).created_after);
  });

  it("keeps the beginning of a range on further pages", () => {
    const search: RunsSearch = { range: "hour" };
    const next = turned(search, queryOf(search, NOW), "t1");
    const later = queryOf(next, NOW + 3_600_000);
    expect(later.created_after).toBe("2026-01-02T09:00:00.000Z");
    expect(later.page_token).toBe("t1");
    expect(first(next)).toEqual({ range: "hour", page: undefined, since: undefined });
  });

  it("lets a range win over moments", () => {
    expect(queryOf({ range: "day", until: "2026-01-01T00:00:00Z" }, NOW).created_before).toBeUndefined();
  });
});

describe("pages", () => {
  const query = queryOf({}, NOW);
  it("are turned and turned back", () => {
    const second = turned({}, query, "t1");
    const third = turned(second, query, "t2");
    expect(turnedBack(third).page).toEqual(["t1"]);
    expect(turnedBack(second).page).toBeUndefined();
  });

  it("do not make the address grow", () => {
    let search: RunsSearch = {};
    for (let page = 0; page < 500; page += 1) search = turned(search, query, `t${page}`);
    expect(search.page).toHaveLength(8);
    expect(search.page?.at(-1)).toBe("t499");
  });

  it("are counted anew when the list changes", () => {
    expect(changed({ page: ["t1"] }, { text: "a" }).page).toBeUndefined();
    expect(sorted({ page: ["t1"] }, "name", false)).toMatchObject({ sort: "name", order: "asc", page: undefined });
    expect(sorted({ sort: "name" }, "created_at", true).sort).toBeUndefined();
  });
});

describe("what a list is", () => {
  it.each<[RunsSearch, number]>([
    [{ text: "a", archived: true, sort: "name" }, 0],
    [{ state: ["FAILED", "RUNNING"], since: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z" }, 2],
    [{ range: "day", pipeline_name: "digits", experiment: "e" }, 3],
  ])("%j has filters that phones fold away", (search, number) => expect(foldedFilters(search)).toBe(number));

  it("is not filtered by sorting or the archive", () => {
    expect(isFiltered({ sort: "name", archived: true, size: 50, page: ["t"] })).toBe(false);
    expect(isFiltered({ state: ["FAILED"] })).toBe(true);
    expect(isFiltered({ until: "2026-01-01T00:00:00Z" })).toBe(true);
  });

  it("shows new runs at its top only as it comes", () => {
    expect(showsNewest({ state: ["FAILED"] })).toBe(true);
    for (const search of [{ page: ["t"] }, { sort: "name" as const }, { order: "asc" as const }]) expect(showsNewest(search)).toBe(false);
  });
});
