// The inputs of a pipeline: what a run of it is given.

import { Text } from "@mantine/core";

import { typeInWords } from "../../model/form";
import type { Input } from "../../model/messages";
import { type Column, DataTable } from "../DataTable";
import { EmptyState } from "../EmptyState";

const COLUMNS: readonly Column<Input>[] = [
  { id: "name", label: "Input", card: "title", width: "22%", cell: (input) => <strong>{input.name}</strong> },
  { id: "type", label: "Type", width: "14%", cell: (input) => typeInWords(input) },
  { id: "default", label: "Default", width: "24%", cell: (input) => <Default input={input} /> },
  { id: "description", label: "Description", cell: (input) => <Described input={input} /> },
];

export function InputTable({ inputs }: { inputs: readonly Input[] }) {
  return <DataTable label="Inputs" columns={COLUMNS} rows={inputs} rowId={(input) => input.name} empty={<EmptyState title="It takes no inputs">A run of it needs nothing but a name.</EmptyState>} />;
}

function Default({ input }: { input: Input }) {
  if (!input.has_default) return <span>{input.optional ? "may be left out" : "has to be given"}</span>;
  const text = JSON.stringify(input.default);
  return <code title={text}>{text.length > 120 ? `${text.slice(0, 120)}…` : text}</code>;
}

function Described({ input }: { input: Input }) {
  if (input.description === "" && input.literals.length === 0) return null;
  return (
    <div style={{ whiteSpace: "pre-wrap" }}>
      {input.description}
      {input.literals.length > 0 && (
        <Text size="xs" c="dimmed">
          One of {input.literals.map((value) => JSON.stringify(value)).join(", ")}
        </Text>
      )}
    </div>
  );
}
