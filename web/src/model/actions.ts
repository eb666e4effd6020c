// What can be done with runs, by what they are now.

import { count } from "./durations";
import type { BulkAction, BulkResult, RunSummary } from "./messages";
import { ACTIVE_STATES } from "./states";

export interface ActionLook {
  /** The words of the button. */
  label: string;
  /** What was done: `3 runs terminated`. */
  done: string;
  /** Whom it is for; why not the others. */
  fits: (run: RunSummary) => boolean;
  otherwise: string;
  /** Asked before it is done; empty: done at once, and `reverse` takes it back. */
  warning: string;
  reverse?: BulkAction;
}

const active = (run: RunSummary): boolean => ACTIVE_STATES.includes(run.state);

export const ACTIONS: Readonly<Record<BulkAction, ActionLook>> = {
  terminate: {
    label: "Terminate",
    done: "asked to end",
    fits: (run) => run.state === "PENDING" || run.state === "RUNNING",
    otherwise: "Only runs on their way can be terminated.",
    warning: "Running steps are stopped, and those that have not begun are not started. What succeeded is kept.",
  },
  retry: {
    label: "Retry",
    done: "started again",
    fits: (run) => run.state === "FAILED" || run.state === "CANCELED",
    otherwise: "Only runs that failed or were terminated can be retried.",
    warning: "",
  },
  archive: {
    label: "Archive",
    done: "archived",
    fits: (run) => run.storage_state === "AVAILABLE",
    otherwise: "They are in the archive already.",
    warning: "",
    reverse: "unarchive",
  },
  unarchive: {
    label: "Restore",
    done: "restored",
    fits: (run) => run.storage_state === "ARCHIVED",
    otherwise: "They are not in the archive.",
    warning: "",
    reverse: "archive",
  },
  delete: {
    label: "Delete",
    done: "deleted",
    fits: (run) => !active(run),
    otherwise: "Runs on their way have to be terminated first.",
    warning: "All steps, logs and recorded values go with it. This cannot be undone.",
  },
};

/** The actions of a list, in their order. */
export const actionsOf = (archived: boolean): BulkAction[] => (archived ? ["unarchive", "delete"] : ["terminate", "retry", "archive", "delete"]);

/** Runs that can be compared at once. */
export const COMPARABLE = { least: 2, most: 5 } as const;

/** What became of a bulk action, in words: what was done, and what was not, run by run. */
export function outcome(action: BulkAction, results: readonly BulkResult[]): { done: string; failures: BulkResult[] } {
  const failures = results.filter((result) => result.error !== "");
  const good = results.length - failures.length;
  return { done: good === 0 ? "" : `${count(good, "run")} ${ACTIONS[action].done}`, failures };
}
