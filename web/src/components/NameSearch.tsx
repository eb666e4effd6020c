// Finds by name in a list: what is typed is asked for after a pause, and keeps the keyboard while the list follows.

import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";

interface Props {
  /** For screen readers. */
  label: string;
  /** What the list shows now. */
  text: string;
  onChange: (text: string) => void;
  className?: string;
}

export function NameSearch({ label, text, onChange, className }: Props) {
  const [typed, setTyped] = useState(text);
  const [shown, setShown] = useState(text);
  const [sent, setSent] = useState(text);
  if (text !== shown) {
    // The list shows another text: as it was asked for here, or by something else, which the field follows.
    setShown(text);
    setSent(text);
    if (text !== sent) setTyped(text);
  }
  const send = useDebouncedCallback(
    (value: string) => {
      setSent(value);
      onChange(value);
    },
    { delay: 300 },
  );
  const change = (value: string): void => {
    setTyped(value);
    send(value.trim());
  };
  return (
    <TextInput
      className={className}
      size="xs"
      type="search"
      aria-label={label}
      placeholder="Name contains…"
      leftSection={<IconSearch size={14} />}
      value={typed}
      onChange={(event) => change(event.currentTarget.value)}
      rightSection={typed === "" ? null : <CloseButton size="xs" aria-label="Any name" onClick={() => change("")} />}
    />
  );
}
