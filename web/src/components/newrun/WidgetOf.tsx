// What one writes into, for each kind of field.

import { Anchor, Group, Radio, Select, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";

import { type Draft, type Reading, widgetOf } from "../../model/form";
import type { Input } from "../../model/messages";
import { JsonEditor } from "../JsonEditor";

interface Props {
  input: Input;
  draft: Draft;
  onChange: (draft: Draft) => void;
  id: string;
  describedBy: string;
  wrong: Extract<Reading, { kind: "wrong" }> | null;
}

export function WidgetOf(props: Props) {
  const { input, draft, onChange, id, describedBy, wrong } = props;
  const write = (text: string): void => onChange({ set: true, text });
  const shared = { id, attributes: { input: { "aria-describedby": describedBy } }, "aria-required": !input.optional, error: wrong !== null };
  const widget = widgetOf(input);
  switch (widget) {
    case "none":
      // What must be given and cannot be stands against the run: the server says so, and the field shows it.
      return !input.optional ? null : (
        <Text size="sm" c="dimmed">
          A run cannot be given {input.is_artifact ? "artifacts" : "this"}: it is left out, and the pipeline does without.
        </Text>
      );
    case "switch":
      return <Switch id={id} aria-describedby={describedBy} checked={draft.text === "true"} label={draft.text === "true" ? "yes" : "no"} onChange={(event) => write(String(event.currentTarget.checked))} />;
    case "yes-no":
      return (
        <Radio.Group value={draft.text} onChange={write} aria-label={input.name} error={wrong !== null}>
          <Group gap="lg">
            <Radio id={id} value="true" label="yes" />
            <Radio value="false" label="no" />
          </Group>
        </Radio.Group>
      );
    case "choice":
      return <Select {...shared} data={[...new Set(input.literals.map((value) => JSON.stringify(value)))].map((value) => ({ value, label: choiceLabel(value) }))} value={draft.text === "" ? null : draft.text} placeholder="Choose a value" allowDeselect={false} searchable={input.literals.length > 10} onChange={(value) => write(value ?? "")} />;
    case "number":
      return <TextInput {...shared} value={draft.text} inputMode={input.type === "NUMBER_INTEGER" ? "numeric" : "decimal"} autoComplete="off" maw={320} onChange={(event) => write(event.currentTarget.value)} />;
    case "json":
      return <JsonEditor text={draft.text} label={`${input.name} as JSON`} describedBy={describedBy} mistake={wrong?.mistake} onChange={write} />;
    case "text":
    case "long-text":
      return <TextWidget {...props} long={widget === "long-text"} />;
  }
}

/** Choices of text are shown without their quotes. */
function choiceLabel(text: string): string {
  const value: unknown = JSON.parse(text);
  return typeof value === "string" ? (value === "" ? "(empty text)" : value) : text;
}

function TextWidget({ input, draft, onChange, id, describedBy, wrong, long }: Props & { long: boolean }) {
  const [tall, setTall] = useState(long || draft.text.includes("\n"));
  const shared = { id, attributes: { input: { "aria-describedby": describedBy } }, "aria-required": !input.optional, error: wrong !== null, value: draft.text, spellCheck: false, autoComplete: "off" };
  const placeholder = input.has_default && input.default === "" ? "(empty text)" : undefined;
  if (tall) return <Textarea {...shared} autosize minRows={3} maxRows={16} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }} onChange={(event) => onChange({ set: true, text: event.currentTarget.value })} />;
  return (
    <Group gap="xs" wrap="nowrap">
      <TextInput {...shared} flex={1} placeholder={placeholder} onChange={(event) => onChange({ set: true, text: event.currentTarget.value })} />
      <Anchor component="button" type="button" size="xs" style={{ whiteSpace: "nowrap" }} aria-label={`Several lines for ${input.name}`} onClick={() => setTall(true)}>
        Several lines
      </Anchor>
    </Group>
  );
}
