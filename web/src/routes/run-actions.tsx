// What can be done with a run: the common things as buttons, the others in a menu.

import { Button, Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArchive, IconArchiveOff, IconColumns, IconCopy, IconDots, IconPlayerStop, IconRotateClockwise, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";

import { tasksOf } from "../api/queries";
import { actOnRun } from "../api/run-queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { ErrorNote } from "../components/ErrorNote";
import { Undoable } from "../components/Undoable";
import { ACTIONS } from "../model/actions";
import { count } from "../model/durations";
import type { RunDetail, TaskSummary } from "../model/messages";
import { troubleFrom } from "../model/problems";
import { named, retryScope } from "../model/run";
import { fullName, namesOf } from "../model/steps";
import { PinDialog, PinItem } from "./run-pin";

const route = getRouteApi("/runs/$id");

export function RunActions({ run }: { run: RunDetail }) {
  const [asked, setAsked] = useState<Asking | null>(null);
  const [pinning, setPinning] = useState(false);
  const archived = run.storage_state === "ARCHIVED";
  const queries = useQueryClient();
  const move = useMutation({
    mutationFn: (action: "archive" | "unarchive") => actOnRun({ action, id: run.run_id }),
    onSuccess: (_, action) => {
      const reverse = action === "archive" ? "unarchive" : "archive";
      notifications.show({ message: <Undoable done={MOVED[action]} onUndo={() => move.mutate(reverse)} /> });
      void queries.invalidateQueries({ queryKey: ["run", run.run_id] });
      void queries.invalidateQueries({ queryKey: ["runs"] });
    },
    onError: (error) => notifications.show({ color: "red", title: "That was not done", message: troubleFrom(error).problems.map((one) => one.message).join(" ") }),
  });
  return (
    <>
      {run.retryable && (
        <Button leftSection={<IconRotateClockwise aria-hidden size={16} />} onClick={() => setAsked("retry")}>
          Retry
        </Button>
      )}
      {ACTIONS.terminate.fits(run) && (
        <Button variant="default" leftSection={<IconPlayerStop aria-hidden size={16} />} onClick={() => setAsked("terminate")}>
          Terminate
        </Button>
      )}
      <Button variant="default" leftSection={<IconCopy aria-hidden size={16} />} renderRoot={(props) => <Link to="/runs/new" search={{ from: run.run_id }} {...props} />}>
        Clone
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" aria-label="More actions" px="sm">
            <IconDots aria-hidden size={18} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconColumns aria-hidden size={16} />} renderRoot={(props) => <Link to="/compare" search={{ run: [run.run_id] }} {...props} />}>
            Compare with others
          </Menu.Item>
          <Menu.Item leftSection={archived ? <IconArchiveOff aria-hidden size={16} /> : <IconArchive aria-hidden size={16} />} onClick={() => move.mutate(archived ? "unarchive" : "archive")}>
            {archived ? "Restore" : "Archive"}
          </Menu.Item>
          <PinItem run={run} onAsk={() => setPinning(true)} />
          <Menu.Item c="var(--tone-bad-text)" disabled={!ACTIONS.delete.fits(run)} leftSection={<IconTrash aria-hidden size={16} />} onClick={() => setAsked("delete")} title={ACTIONS.delete.fits(run) ? undefined : "It has to be terminated first."}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {pinning && <PinDialog run={run} onClose={() => setPinning(false)} />}
      {asked !== null && <Asked action={asked} run={run} onClose={() => setAsked(null)} />}
    </>
  );
}

/** What is asked before it is done; archiving is not, since it can be taken back. */
type Asking = "retry" | "terminate" | "delete";

const MOVED = { archive: "The run was archived.", unarchive: "The run was restored." } as const;

const WORDS: Readonly<Record<Asking, { title: string; confirm: string; done: string; text: string }>> = {
  retry: { title: "Retry this run?", confirm: "Retry the run", done: "The run starts again.", text: "" },
  terminate: { title: "Terminate this run?", confirm: "Terminate the run", done: "The run was asked to end.", text: ACTIONS.terminate.warning },
  delete: { title: "Delete this run?", confirm: "Delete the run", done: "The run was deleted.", text: ACTIONS.delete.warning },
};

function Asked({ action, run, onClose }: { action: Asking; run: RunDetail; onClose: () => void }) {
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: actOnRun,
    onSuccess: async () => {
      onClose();
      notifications.show({ message: WORDS[action].done });
      if (action === "delete") {
        await navigate({ to: "/runs" });
        queries.removeQueries({ queryKey: ["run", run.run_id] });
      } else {
        void queries.invalidateQueries({ queryKey: ["run", run.run_id] });
      }
      void queries.invalidateQueries({ queryKey: ["runs"] });
    },
  });
  const words = WORDS[action];
  return (
    <ConfirmDialog
      opened
      title={words.title}
      confirm={words.confirm}
      danger={action === "delete" || action === "terminate"}
      busy={act.isPending}
      onClose={onClose}
      onConfirm={() => act.mutate({ action, id: run.run_id })}
    >
      {action === "retry" ? <RetryText run={run.run_id} /> : <Text size="sm">{words.text}</Text>}
      {act.error && <ErrorNote error={act.error} title="That was not done" />}
    </ConfirmDialog>
  );
}

/** What a retry runs again, and what it keeps. */
function RetryText({ run }: { run: string }) {
  const tasks = useQuery(tasksOf(run));
  if (!tasks.data) return <Text size="sm">The steps that failed, and those that did not run, are run again.</Text>;
  const { again, undecided, kept } = retryScope(tasks.data.tasks);
  const names = namesOf(tasks.data.tasks);
  const list = (some: readonly TaskSummary[]): string => named(some.map((task) => fullName(names.get(task.task_id) ?? { name: task.task_id, within: "" })), 8);
  return (
    <>
      {again.length > 0 && (
        <Text size="sm">
          {again.length === 1 ? "One step runs" : `${count(again.length, "step")} run`} again: {list(again)}.
        </Text>
      )}
      {undecided.length > 0 && (
        <Text size="sm" mt="xs">
          Whether steps in {undecided.length === 1 ? "this group" : "these groups"} run is decided anew: {list(undecided)}.
        </Text>
      )}
      <Text size="sm" mt="xs">
        {kept === 0 ? "No step has succeeded, so there is nothing to keep." : `${kept === 1 ? "One step that succeeded is" : `${count(kept, "step")} that succeeded are`} kept as ${kept === 1 ? "it is" : "they are"}.`}
      </Text>
    </>
  );
}
