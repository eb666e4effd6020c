// The phases of an attempt: when each began, and how long it took.

import { Table } from "@mantine/core";

import { exact } from "../../model/durations";
import type { Attempt } from "../../model/messages";
import { phasesOf } from "../../model/timeline";

/** The time of the day, to the millisecond. */
const clock = (at: string): string => `${exact(at).slice(11)}.${String(new Date(at).getMilliseconds()).padStart(3, "0")}`;

export function PhaseList({ attempt }: { attempt: Attempt }) {
  const phases = phasesOf(attempt.phases);
  if (phases.length === 0) return null;
  return (
    <Table.ScrollContainer minWidth={320} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": `Phases of attempt ${attempt.number}` } }}>
      <Table aria-label={`Phases of attempt ${attempt.number}`} verticalSpacing={3} fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Phase of attempt {attempt.number}</Table.Th>
            <Table.Th>Began</Table.Th>
            <Table.Th>Until the next</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {phases.map((phase) => (
            <Table.Tr key={phase.name}>
              <Table.Td>{phase.label}</Table.Td>
              <Table.Td title={exact(phase.at)}>{clock(phase.at)}</Table.Td>
              <Table.Td>{phase.took}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
