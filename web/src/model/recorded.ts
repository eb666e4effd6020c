// What is recorded of a run and its attempts, in words: the git state of the author's file, requests, suggestions, digests.

import { count, size } from "./durations";
import type { Attempt, GitState, Suggestion } from "./messages";

/** As many characters of a digest or a commit as tell it from others. */
export const shortDigest = (digest: string): string => digest.slice(0, 12);

/** Where the author's file was: its commit and branch, or why that is not known. */
export const commitText = (git: GitState): string => {
  if (git.unknown !== "") return `unknown: ${git.unknown}`;
  const commit = git.commit === "" ? "before the first commit" : shortDigest(git.commit);
  return `${commit}, ${git.branch === "" ? "on no branch" : `on ${git.branch}`}`;
};

/** What differed from the commit; empty where nothing is known. */
export const changesText = (git: GitState): string => {
  if (git.unknown !== "") return "";
  if (git.changes === 0) return "nothing";
  const more = git.changes - git.changed.length;
  return `${git.changed.join(", ")}${more > 0 ? ` and ${more.toLocaleString("en")} more` : ""}`;
};

/** The author's file in its repository; empty where it lies in none. */
export const fileText = (git: GitState): string => (git.file === "" ? "" : `${git.file}${git.tracked ? "" : " (not tracked by git)"}`);

/** One line, for runs side by side. */
export const gitText = (git: GitState | null): string => {
  if (git === null) return "not started from a file";
  const changes = git.unknown === "" && git.changes > 0 ? `, ${count(git.changes, "change")}` : "";
  return `${commitText(git)}${changes}`;
};

/** Whether it is known that nothing differs: the same commit, without changes. */
export const sameCommit = (states: readonly (GitState | null)[]): boolean => {
  const told = states.map((one) => (one === null ? "" : one.unknown === "" && one.changes === 0 ? one.commit : undefined));
  return told.every((one) => one !== undefined && one === told[0]);
};

const amount = (resource: Suggestion["resource"], value: number): string => (resource === "memory" ? size(value) : `${Number(value.toPrecision(2))} ${value === 1 ? "CPU" : "CPUs"}`);

/** What an attempt asked for of its machine; empty where nobody knows. */
export const requestsText = (attempt: Pick<Attempt, "cpu_request" | "memory_request">): string => {
  if (attempt.cpu_request === null || attempt.memory_request === null) return "";
  const asked = [attempt.cpu_request > 0 ? amount("cpu", attempt.cpu_request) : "", attempt.memory_request > 0 ? `${size(attempt.memory_request)} of memory` : ""];
  return asked.filter((one) => one !== "").join(", ") || "nothing";
};

/** Why a request is suggested: what was measured, and what was asked for. */
export const reasonText = (one: Suggestion): string => {
  const measured = one.resource === "memory" ? `held up to ${amount("memory", one.measured)}` : `kept ${amount("cpu", one.measured)} busy`;
  const asked = one.asked === 0 ? "it asks for none" : `it asks for ${amount(one.resource, one.asked)}`;
  return `${one.tasks === 1 ? "It" : `Of ${count(one.tasks, "step")} of this component one`} ${measured}; ${asked}.`;
};

// ---------------------------------------------------------------- runs side by side

export interface CodeRow {
  readonly component: string;
  /** Digests of what each run executed for the component; none where it has executed nothing, or nobody knows: that is no difference. */
  readonly cells: readonly (readonly string[])[];
  readonly differs: boolean;
}

/** What each run executed, by component. */
export const codeRows = (runs: readonly (Readonly<Record<string, readonly string[]>> | undefined)[]): CodeRow[] => {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run ?? {})))].sort((a, b) => a.localeCompare(b));
  return names.map((component) => {
    const cells = runs.map((run) => run?.[component] ?? []);
    const known = cells.filter((one) => one.length > 0).map((one) => one.join(" "));
    return { component, cells, differs: new Set(known).size > 1 };
  });
};
