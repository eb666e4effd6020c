// Everything that happened to a run, in order.

import { Group, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";

import { fileName } from "../../model/files";
import { count, exact } from "../../model/durations";
import type { Event } from "../../model/messages";
import { eventDetail, eventInWords } from "../../model/run";
import { saveCsv } from "../charts/save";
import { SaveMenu } from "../charts/SaveMenu";
import { EmptyState } from "../EmptyState";
import { Words } from "../Words";
import styles from "./run.module.css";
import { type RowColumn, VirtualRows } from "./VirtualRows";

interface Props {
  events: readonly Event[];
  name: string;
  /** Whether there are more than are shown. */
  cut: boolean;
  onStep: (task: string) => void;
}

export function EventTable({ events, name, cut, onStep }: Props) {
  const [wanted, setWanted] = useState("");
  const columns = useMemo(() => columnsOf(onStep), [onStep]);
  const shown = useMemo(() => {
    const text = wanted.trim().toLowerCase();
    return text === "" ? events : events.filter((event) => `${event.task_id} ${event.kind} ${eventInWords(event)} ${eventDetail(event)}`.toLowerCase().includes(text));
  }, [events, wanted]);
  const save = (): void =>
    saveCsv(
      fileName([name, "events"], "csv"),
      ["seq", "at", "kind", "step", "attempt", "detail"],
      shown.map((event) => [event.seq, event.at, event.kind, event.task_id, event.attempt ?? "", event.detail]),
    );
  return (
    <div>
      <div className={styles.filters}>
        <TextInput aria-label="Filter events by text" placeholder="Step, event or message" size="xs" leftSection={<IconSearch size={16} aria-hidden />} value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} />
        <Group gap="sm" ml="auto">
          <SaveMenu subject="events" ways={[{ label: "CSV", save }]} />
        </Group>
      </div>
      <Text size="sm" c="dimmed" mb={6} aria-live="polite">
        {shown.length === events.length ? count(events.length, "event") : `${shown.length.toLocaleString("en")} of ${count(events.length, "event")}`}
        {cut && <Words text="; this run has more, which `bakehouse runs events` tells" />}
      </Text>
      {shown.length === 0 ? <EmptyState title="No event is like that">Empty the text to see all.</EmptyState> : <VirtualRows label="Events" columns={columns} rows={shown} rowId={(event) => String(event.seq)} />}
    </div>
  );
}

const columnsOf = (onStep: (task: string) => void): RowColumn<Event>[] => [
  { id: "seq", label: "No.", width: "3.5rem", number: true, cell: (event) => event.seq },
  { id: "at", label: "Time", width: "10.5rem", cell: (event) => <span title={event.at}>{exact(event.at)}</span> },
  {
    id: "step",
    label: "Step",
    width: "minmax(7rem, 1fr)",
    cell: (event) =>
      event.task_id === "" ? null : (
        <UnstyledButton fz="sm" c="var(--mantine-color-anchor)" style={{ overflowWrap: "anywhere" }} onClick={() => onStep(event.task_id)}>
          {event.task_id}
        </UnstyledButton>
      ),
  },
  { id: "what", label: "What happened", width: "minmax(9rem, 1fr)", cell: (event) => <span title={event.kind}>{eventInWords(event)}</span> },
  { id: "detail", label: "More", width: "minmax(10rem, 2fr)", wide: true, cell: (event) => eventDetail(event) || null },
];
