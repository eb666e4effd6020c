// What was done, with the way to take it back, in a note that goes by itself.

import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";

export function Undoable({ done, onUndo }: { done: string; onUndo: () => void }) {
  const [undone, setUndone] = useState(false);
  const undo = (): void => {
    setUndone(true);
    notifications.clean();
    onUndo();
  };
  return (
    <Group justify="space-between" wrap="nowrap">
      <Text size="sm">{done}</Text>
      <Button size="compact-sm" variant="default" disabled={undone} onClick={undo}>
        Undo
      </Button>
    </Group>
  );
}
