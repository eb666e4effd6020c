// The experiment of a new run: one that is there, or a new one.

import { Select } from "@mantine/core";
import { useState } from "react";

export interface ExperimentChoice {
  /** Empty: a new one of that name. */
  id: string;
  name: string;
}

interface Props {
  value: ExperimentChoice | null;
  options: readonly ExperimentChoice[];
  onChange: (value: ExperimentChoice | null) => void;
  onSearch: (text: string) => void;
  error?: string;
}

const NEW = "\u0000new ";

export function ExperimentField({ value, options, onChange, onSearch, error }: Props) {
  const [typed, setTyped] = useState("");
  const name = typed.trim();
  const known = options.some((one) => one.name === name) || value?.name === name;
  const data = options.map((one) => ({ value: one.id, label: one.name }));
  if (value !== null && value.id !== "" && !options.some((one) => one.id === value.id)) data.push({ value: value.id, label: value.name });
  if (value?.id === "") data.push({ value: NEW + value.name, label: `${value.name} (new)` });
  if (name !== "" && !known && typed !== `${value?.name ?? ""} (new)`) data.push({ value: NEW + name, label: `Create “${name}”` });
  const choose = (chosen: string | null): void => {
    if (chosen === null) onChange(null);
    else if (chosen.startsWith(NEW)) onChange({ id: "", name: chosen.slice(NEW.length) });
    else onChange({ id: chosen, name: data.find((one) => one.value === chosen)?.label ?? chosen });
  };
  return (
    <Select
      label="Experiment"
      description="Runs of one experiment are listed together. Write a new name to create one."
      searchable
      clearable
      placeholder="Default"
      data={data}
      value={value === null ? null : value.id === "" ? NEW + value.name : value.id}
      filter={({ options: all }) => all}
      onSearchChange={(text) => {
        setTyped(text);
        onSearch(text === value?.name ? "" : text.replace(/ \(new\)$/, ""));
      }}
      onChange={choose}
      error={error}
      clearButtonProps={{ "aria-label": "The default experiment" }}
    />
  );
}
