// Keeps a run from being deleted, or lets it go again; either can be taken back.

import { Button, Group, Menu, Modal, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPin, IconPinnedOff } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { pinRun, unpinRun } from "../api/run-queries";
import { Undoable } from "../components/Undoable";
import type { RunDetail } from "../model/messages";
import { troubleFrom } from "../model/problems";

/** `reason`: with which it is pinned; `null` to unpin it. */
interface Wish {
  reason: string | null;
}

export function usePin(run: RunDetail) {
  const queries = useQueryClient();
  const move = useMutation({
    mutationFn: ({ wish }: { wish: Wish; before: Wish }) => (wish.reason === null ? unpinRun(run.run_id) : pinRun(run.run_id, wish.reason)),
    onSuccess: (_, { wish, before }) => {
      const done = wish.reason === null ? "The run is not pinned any more." : "The run was pinned.";
      notifications.show({ message: <Undoable done={done} onUndo={() => move.mutate({ wish: before, before: wish })} /> });
      void queries.invalidateQueries({ queryKey: ["run", run.run_id] });
      void queries.invalidateQueries({ queryKey: ["runs"] });
    },
    onError: (error) => notifications.show({ color: "red", title: "That was not done", message: troubleFrom(error).problems.map((one) => one.message).join(" ") }),
  });
  return (reason: string | null): void => move.mutate({ wish: { reason }, before: { reason: run.pinned_at === null ? null : run.pin_reason } });
}

export function PinItem({ run, onAsk }: { run: RunDetail; onAsk: () => void }) {
  const pin = usePin(run);
  if (run.pinned_at === null) {
    return (
      <Menu.Item leftSection={<IconPin aria-hidden size={16} />} onClick={onAsk}>
        Pin
      </Menu.Item>
    );
  }
  return (
    <Menu.Item leftSection={<IconPinnedOff aria-hidden size={16} />} onClick={() => pin(null)}>
      Unpin
    </Menu.Item>
  );
}

/** As long as a reason can be. */
const LONGEST = 500;

export function PinDialog({ run, onClose }: { run: RunDetail; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const pin = usePin(run);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    pin(reason.trim());
    onClose();
  };
  return (
    <Modal opened onClose={onClose} title="Pin this run?" centered closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit}>
        <Text size="sm" mb="sm">
          It is not deleted, by whomever, until it is unpinned; nor are the runs whose artifacts it uses collected.
        </Text>
        <TextInput label="Reason" description="For whoever wants to delete it; may be empty." data-autofocus maxLength={LONGEST} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <Group justify="flex-end" mt="lg" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit">Pin the run</Button>
        </Group>
      </form>
    </Modal>
  );
}
