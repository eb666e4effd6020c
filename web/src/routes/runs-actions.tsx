// Actions on several runs: asked for where they cannot be undone, and told what became of each.

import { Modal, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { actOnRuns } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { ErrorNote, ProblemsNote } from "../components/ErrorNote";
import { Undoable } from "../components/Undoable";
import { ACTIONS, outcome } from "../model/actions";
import { count } from "../model/durations";
import type { BulkAction, ProblemText, RunSummary } from "../model/messages";

interface Asked {
  action: BulkAction;
  runs: RunSummary[];
}

export interface Actions {
  busy: boolean;
  /** Does it, or asks first. */
  ask: (action: BulkAction, runs: RunSummary[]) => void;
  asked: Asked | null;
  confirm: () => void;
  close: () => void;
  failures: ProblemText[];
  error: Error | null;
}

/** `onDone` is told the ids of the runs with which it was done. */
export function useActions(onDone: (ids: string[]) => void): Actions {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [failures, setFailures] = useState<ProblemText[]>([]);
  const acting = useMutation({
    mutationFn: ({ action, runs }: Asked) => actOnRuns({ action, ids: runs.map((run) => run.run_id) }),
    onSuccess: ({ results }, { action, runs }) => {
      const { done, failures: failed } = outcome(action, results);
      const reverse = ACTIONS[action].reverse;
      const did = runs.filter((run) => !failed.some((one) => one.run_id === run.run_id));
      if (done !== "") notifications.show({ message: reverse === undefined ? done : <Undoable done={done} onUndo={() => acting.mutate({ action: reverse, runs: did })} /> });
      const names = new Map(runs.map((run) => [run.run_id, run.name]));
      setFailures(failed.map((one) => ({ place: names.get(one.run_id) ?? one.run_id, message: one.error, remedy: "" })));
      onDone(results.filter((one) => one.error === "").map((one) => one.run_id));
    },
    onSettled: () => {
      setAsked(null);
      return queries.invalidateQueries({ queryKey: ["runs"] });
    },
  });
  return {
    busy: acting.isPending,
    ask: (action, runs) => (ACTIONS[action].warning === "" ? acting.mutate({ action, runs }) : setAsked({ action, runs })),
    asked,
    confirm: () => asked !== null && acting.mutate(asked),
    close: () => {
      setAsked(null);
      setFailures([]);
      acting.reset();
    },
    failures,
    error: acting.error,
  };
}

const SHOWN = 8;

/** The dialogs of actions. */
export function Acting({ acting }: { acting: Actions }) {
  const { asked, failures, error } = acting;
  const words = asked === null ? "" : `${ACTIONS[asked.action].label} ${count(asked.runs.length, "run")}`;
  return (
    <>
      <ConfirmDialog opened={asked !== null} title={`${words}?`} confirm={words} busy={acting.busy} onConfirm={acting.confirm} onClose={acting.close}>
        {asked !== null && (
          <>
            <Text size="sm">{ACTIONS[asked.action].warning}</Text>
            <ul style={{ margin: "0.75rem 0 0", paddingLeft: "1.25rem", overflowWrap: "anywhere" }}>
              {asked.runs.slice(0, SHOWN).map((run) => (
                <li key={run.run_id}>{run.name}</li>
              ))}
              {asked.runs.length > SHOWN && <li>and {asked.runs.length - SHOWN} more</li>}
            </ul>
          </>
        )}
      </ConfirmDialog>
      <Modal opened={failures.length > 0 || error !== null} onClose={acting.close} title="Not everything was done" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
        {error === null ? <ProblemsNote problems={failures} /> : <ErrorNote error={error} />}
      </Modal>
    </>
  );
}
