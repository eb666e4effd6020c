// The phases of an attempt: when each began, and how long it took.

import { Table, Text } from "@mantine/core";

import { exact } from "../../model/durations";
import type { Attempt } from "../../model/messages";
import { phasesOf, unknownYet } from "../../model/timeline";
import { Duration } from "../Duration";

/** The time of the day, to the millisecond. */
const clock = (at: string): string => `${exact(at).slice(11)}.${String(new Date(at).getMilliseconds()).padStart(3, "0")}`;

export function PhaseList({ attempt }: { attempt: Attempt }) {
  const phases = phasesOf(attempt.phases);
  const missing = unknownYet(attempt);
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
          {phases.map((phase, index) => (
            <Table.Tr key={phase.name}>
              <Table.Td>{phase.label}</Table.Td>
              <Table.Td title={exact(phase.at)}>{clock(phase.at)}</Table.Td>
              <Table.Td>{index === phases.length - 1 && attempt.phases.ended === undefined ? <SoFar since={phase.at} /> : phase.took}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {missing !== "" && (
        <Text size="xs" c="dimmed" mt={4}>
          {missing}
        </Text>
      )}
    </Table.ScrollContainer>
  );
}

function SoFar({ since }: { since: string }) {
  return (
    <>
      <Duration from={since} to={null} /> so far
    </>
  );
}
