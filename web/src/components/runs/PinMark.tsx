// Says that a run is pinned, and why.

import { Text } from "@mantine/core";
import { IconPin } from "@tabler/icons-react";

import type { RunSummary } from "../../model/messages";

export function PinMark({ run }: { run: Pick<RunSummary, "pinned_at" | "pin_reason"> }) {
  if (run.pinned_at === null) return null;
  return (
    <Text span size="xs" c="dimmed" title="It is kept from being deleted." style={{ display: "inline-flex", alignItems: "center", gap: "0.25rem", overflowWrap: "anywhere" }}>
      <IconPin aria-hidden size={14} style={{ flex: "none" }} />
      {run.pin_reason === "" ? "Pinned" : `Pinned: ${run.pin_reason}`}
    </Text>
  );
}
