// Steps that made or used an artifact.

import { Anchor, Badge, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import type { Link as LinkMessage } from "../../model/messages";

interface Props {
  links: readonly LinkMessage[];
  label: string;
  /** What the artifact is for these steps. */
  what: "Output" | "Input";
  empty: string;
}

const MOST = 100; // that the server tells

export function Lineage({ links, label, what, empty }: Props) {
  if (links.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    );
  }
  return (
    <>
      <Table.ScrollContainer minWidth={340} scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": label } }}>
        <Table aria-label={label} withTableBorder bg="var(--ground-card)">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Step</Table.Th>
              <Table.Th>{what}</Table.Th>
              <Table.Th>Run</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {links.map((link) => (
              <Table.Tr key={`${link.run_id} ${link.task_id} ${link.name}`}>
                <Table.Td>
                  <Anchor size="sm" renderRoot={(props) => <Link to="/runs/$id" params={{ id: link.run_id }} search={{ task: link.task_id, panel: what === "Output" ? "outputs" : "inputs" }} {...props} />}>
                    {link.task_id}
                  </Anchor>{" "}
                  {link.reused && (
                    <Badge size="sm" variant="default" tt="none" fw={500}>
                      reused
                    </Badge>
                  )}
                </Table.Td>
                <Table.Td>{link.name}</Table.Td>
                <Table.Td>
                  <Anchor size="sm" renderRoot={(props) => <Link to="/runs/$id" params={{ id: link.run_id }} {...props} />}>
                    {link.run_name === "" ? link.run_id : link.run_name}
                  </Anchor>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {links.length >= MOST && (
        <Text size="sm" c="dimmed" mt="xs">
          Only the first {MOST} are shown.
        </Text>
      )}
    </>
  );
}
