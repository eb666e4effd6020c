// What can be done with the selected runs.

import { Button, Group, Text, Tooltip } from "@mantine/core";
import { IconArchive, IconArchiveOff, IconBan, IconColumns3, IconRotateClockwise, IconTrash, type TablerIcon } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { ACTIONS, actionsOf, COMPARABLE } from "../../model/actions";
import { count } from "../../model/durations";
import type { BulkAction, RunSummary } from "../../model/messages";
import styles from "./BulkBar.module.css";

const ICONS: Readonly<Record<BulkAction, TablerIcon>> = {
  terminate: IconBan,
  retry: IconRotateClockwise,
  archive: IconArchive,
  unarchive: IconArchiveOff,
  delete: IconTrash,
};

interface Props {
  runs: readonly RunSummary[];
  archived: boolean;
  busy: boolean;
  onAct: (action: BulkAction, runs: RunSummary[]) => void;
  onClear: () => void;
}

export function BulkBar({ runs, archived, busy, onAct, onClear }: Props) {
  const comparable = runs.length >= COMPARABLE.least && runs.length <= COMPARABLE.most;
  return (
    <div className={styles.bar} role="toolbar" aria-label="Selected runs">
      <Text size="sm" fw={600} aria-live="polite">
        {count(runs.length, "run")} selected
      </Text>
      <Group gap={6}>
        <Tooltip label={comparable ? "Parameters, metrics and curves side by side" : `Select ${COMPARABLE.least} to ${COMPARABLE.most} runs to compare them.`}>
          {comparable ? (
            <Button size="compact-sm" variant="default" leftSection={<IconColumns3 size={14} />} renderRoot={(props) => <Link to="/compare" search={{ run: runs.map((run) => run.run_id) }} {...props} />}>
              Compare
            </Button>
          ) : (
            <Button size="compact-sm" variant="default" leftSection={<IconColumns3 size={14} />} data-disabled aria-disabled onClick={(event) => event.preventDefault()}>
              Compare
            </Button>
          )}
        </Tooltip>
        {actionsOf(archived).map((action) => (
          <ActionButton key={action} action={action} runs={runs} busy={busy} onAct={onAct} />
        ))}
      </Group>
      <Button size="compact-sm" variant="subtle" c="var(--mantine-color-text)" ml="auto" onClick={onClear}>
        Clear selection
      </Button>
    </div>
  );
}

function ActionButton({ action, runs, busy, onAct }: { action: BulkAction } & Pick<Props, "runs" | "busy" | "onAct">) {
  const look = ACTIONS[action];
  const fitting = runs.filter(look.fits);
  const Icon = ICONS[action];
  const some = fitting.length > 0 && fitting.length < runs.length ? ` ${fitting.length}` : "";
  const hint = fitting.length === runs.length ? look.warning : look.otherwise;
  return (
    <Tooltip label={hint} disabled={hint === ""} multiline maw={320}>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<Icon size={14} />}
        data-disabled={fitting.length === 0 || undefined}
        aria-disabled={fitting.length === 0}
        disabled={busy}
        onClick={() => fitting.length > 0 && onAct(action, fitting)}
      >
        {look.label}
        {some}
      </Button>
    </Tooltip>
  );
}
