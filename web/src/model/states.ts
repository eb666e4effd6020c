// What the states of runs and steps are called, how they look, and what is possible in them. One table for each.

import type { RunState, TaskState } from "./messages";

/** A state of a run or of a step, or that of a step whose result was reused. */
export type AnyState = RunState | TaskState | "CACHED";

/** The pictures of `StateBadge`, by what they show. */
export type StateIcon = "check" | "cross" | "spinner" | "clock" | "queue" | "box" | "skip" | "stop" | "retry" | "reuse";

/** The colours that states have; `theme.ts` gives each for light and dark pages. */
export type StateTone = "good" | "bad" | "busy" | "calm" | "warn" | "reused";

export interface StateLook {
  label: string;
  tone: StateTone;
  icon: StateIcon;
  /** One sentence for whoever does not know the word. */
  meaning: string;
}

export const LOOKS: Readonly<Record<AnyState, StateLook>> = {
  PENDING: { label: "Pending", tone: "calm", icon: "clock", meaning: "Created; no engine has begun to drive it." },
  WAITING: { label: "Waiting", tone: "calm", icon: "clock", meaning: "Waits for the steps before it." },
  PREPARING: { label: "Preparing", tone: "busy", icon: "box", meaning: "Its environment is being made ready." },
  QUEUED: { label: "Queued", tone: "calm", icon: "queue", meaning: "Could run, and waits for a free place." },
  RUNNING: { label: "Running", tone: "busy", icon: "spinner", meaning: "Runs now." },
  BACKING_OFF: { label: "Retrying soon", tone: "warn", icon: "retry", meaning: "Failed, and will be tried again after a pause." },
  CANCELING: { label: "Terminating", tone: "warn", icon: "stop", meaning: "Asked to stop; its steps are being ended." },
  SUCCEEDED: { label: "Succeeded", tone: "good", icon: "check", meaning: "Ended well." },
  FAILED: { label: "Failed", tone: "bad", icon: "cross", meaning: "Ended with an error." },
  SKIPPED: { label: "Skipped", tone: "calm", icon: "skip", meaning: "Not run: its condition did not hold, or something before it did not succeed." },
  CANCELED: { label: "Terminated", tone: "warn", icon: "stop", meaning: "Ended because somebody asked for it." },
  CACHED: { label: "Reused", tone: "reused", icon: "reuse", meaning: "Not run: the result of an earlier step with the same inputs was reused." },
};

/** The states of a run in the order in which filters offer them. */
export const RUN_STATES: readonly RunState[] = ["PENDING", "RUNNING", "CANCELING", "SUCCEEDED", "FAILED", "CANCELED"];

/** The states of a step in the order of its life. */
export const TASK_STATES: readonly TaskState[] = ["WAITING", "PREPARING", "QUEUED", "RUNNING", "BACKING_OFF", "SUCCEEDED", "FAILED", "SKIPPED", "CANCELED"];

/** States of runs that are still on their way. */
export const ACTIVE_STATES: readonly RunState[] = ["PENDING", "RUNNING", "CANCELING"];

export const isRunState = (text: string): text is RunState => (RUN_STATES as readonly string[]).includes(text);

const ENDED: ReadonlySet<string> = new Set<AnyState>(["SUCCEEDED", "FAILED", "SKIPPED", "CANCELED", "CACHED"]);

/** Whether nothing will happen any more unless somebody asks for it. */
export const hasEnded = (state: AnyState): boolean => ENDED.has(state);

/** What an attempt shows. One that was ended because somebody asked for it has not failed, though it has no result. */
export const attemptState = (attempt: { state: string; cause: string }): AnyState => {
  if (attempt.cause === "terminated") return "CANCELED";
  return attempt.state === "SUCCEEDED" || attempt.state === "FAILED" || attempt.state === "RUNNING" ? attempt.state : "PREPARING";
};

/** What a step shows: that its result was reused says more than that it succeeded. */
export const shownState = (task: { state: TaskState; cached: boolean }): AnyState => (task.cached && task.state === "SUCCEEDED" ? "CACHED" : task.state);

/** The state that stands for several steps: the one that most needs a look. */
export function leadingState(states: Readonly<Partial<Record<TaskState, number>>>, cached = 0): AnyState | null {
  const order: TaskState[] = ["FAILED", "BACKING_OFF", "RUNNING", "PREPARING", "QUEUED", "CANCELED", "WAITING", "SUCCEEDED", "SKIPPED"];
  const found = order.find((state) => (states[state] ?? 0) > 0);
  if (found === undefined) return null;
  return found === "SUCCEEDED" && cached >= (states.SUCCEEDED ?? 0) ? "CACHED" : found;
}

/** Counts of states as words: `3 succeeded, 1 failed`. */
export function countsInWords(states: Readonly<Partial<Record<TaskState, number>>>): string {
  const parts = TASK_STATES.filter((state) => (states[state] ?? 0) > 0);
  return parts.map((state) => `${states[state]} ${LOOKS[state].label.toLowerCase()}`).join(", ");
}
