// Which steps of a pipeline a new run runs, and where it takes results from: what excludes what, and how it is said to the server.

import type { RunDetail } from "./messages";

export type Selection = RunDetail["selection"];

export const EVERYTHING: Selection = { from_run: "", refresh: [], only: "", until: "" };

export const isEverything = ({ from_run, refresh, only, until }: Selection): boolean => from_run === "" && refresh.length === 0 && only === "" && until === "";

/** Why a choice cannot be made beside the others; empty where it can. */
export const excluded = ({ only, until }: Selection, useCache: boolean): Record<keyof Selection, string> => ({
  from_run: useCache ? "" : "Results are not reused: that is switched off below.",
  refresh: "",
  only: until !== "" ? "“Until this step” is chosen; the two exclude each other." : useCache ? "" : "What the step needs is reused, which is switched off below.",
  until: only !== "" && useCache ? "“Only this step” is chosen; the two exclude each other." : "",
});

/** The query that says it: what is excluded is not meant. */
export function queryOfSelection(selection: Selection, useCache: boolean): Record<string, string | string[]> {
  const why = excluded(selection, useCache);
  const all: Record<keyof Selection, readonly [string, string | string[]]> = {
    from_run: ["from", selection.from_run],
    refresh: ["refresh", selection.refresh],
    only: ["only", selection.only],
    until: ["until", selection.until],
  };
  const meant = (Object.keys(all) as (keyof Selection)[]).filter((name) => why[name] === "" && all[name][1].length > 0);
  return Object.fromEntries(meant.map((name) => all[name]));
}

/** What a run like another is to run: all of it as that one, or again from one of its steps on, with its other results. */
export const selectionLike = (run: Pick<RunDetail, "run_id" | "selection">, step: string | undefined): Selection =>
  step === undefined ? run.selection : { ...EVERYTHING, from_run: run.run_id, refresh: [step] };

/** The names that can be chosen: those of the pipeline, and those that are chosen, such as a step of one round of a loop. */
export const choosable = (steps: readonly string[], chosen: readonly string[]): string[] => [...new Set([...steps, ...chosen.filter((one) => one !== "")])];
