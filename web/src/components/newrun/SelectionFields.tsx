// Which steps a new run runs, and from which run it takes results.

import { MultiSelect, Select, Stack } from "@mantine/core";
import { useState } from "react";

import { choosable, excluded, isEverything, type Selection } from "../../model/selection";

interface Props {
  value: Selection;
  steps: readonly string[];
  useCache: boolean;
  /** Runs of the same pipeline, and the chosen one. */
  runs: readonly { value: string; label: string }[];
  onSearchRuns: (text: string) => void;
  onChange: (value: Selection) => void;
}

export function SelectionFields({ value, steps, useCache, runs, onSearchRuns, onChange }: Props) {
  const [open] = useState(() => !isEverything(value));
  const why = excluded(value, useCache);
  const names = choosable(steps, [...value.refresh, value.only, value.until]);
  const one = (name: "only" | "until", label: string, description: string) => (
    <Select
      label={label}
      description={why[name] === "" ? description : why[name]}
      placeholder="Any"
      searchable
      clearable
      nothingFoundMessage="No such step"
      disabled={why[name] !== ""}
      data={names}
      value={value[name] === "" ? null : value[name]}
      onChange={(step) => onChange({ ...value, [name]: step ?? "" })}
      clearButtonProps={{ "aria-label": `${label}: any` }}
    />
  );
  return (
    <details open={open}>
      <summary>Run a part of it</summary>
      <Stack gap="md" mt="sm">
        <Select
          label="Take results of run"
          description={why.from_run === "" ? "Its results are reused as far as they still fit, and no others." : why.from_run}
          placeholder="Any run"
          searchable
          clearable
          nothingFoundMessage="No such run of this pipeline"
          disabled={why.from_run !== ""}
          data={[...runs]}
          filter={({ options }) => options}
          value={value.from_run === "" ? null : value.from_run}
          onSearchChange={onSearchRuns}
          onChange={(run) => onChange({ ...value, from_run: run ?? "" })}
          clearButtonProps={{ "aria-label": "Results of any run" }}
        />
        <MultiSelect
          label="Run anew"
          description="These steps run even if a result could be reused; what comes after them, where its inputs differ."
          placeholder={value.refresh.length === 0 ? "None" : ""}
          searchable
          clearable
          nothingFoundMessage="No such step"
          data={names}
          value={value.refresh}
          onChange={(refresh) => onChange({ ...value, refresh })}
          clearButtonProps={{ "aria-label": "Run none anew" }}
        />
        {one("only", "Only this step", "It alone runs; what it needs is reused.")}
        {one("until", "Until this step", "It runs, with all that it needs, and nothing else.")}
      </Stack>
    </details>
  );
}
