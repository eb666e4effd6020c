// How a run is to be run: the cache for all to see, the rest for whoever looks for it.

import { Group, NumberInput, Select, Stack, Switch } from "@mantine/core";
import { useState } from "react";

import { type Unit, unitOf, UNITS } from "../../model/durations";
import { type RunOptions, unusual } from "../../model/form";

type Truth = Exclude<keyof RunOptions, "max_parallel" | "timeout">;

interface Said {
  label: string;
  description: string;
}

const CACHE: Said = {
  label: "Reuse results of earlier runs",
  description: "A step whose code and inputs are the same as before is not run again: its result is taken from the cache. Switched off, every step runs.",
};
const MORE: readonly (Said & { name: Truth })[] = [
  { name: "keep_going", label: "Go on after a failure", description: "What does not depend on the failed step still runs. Switched off, nothing new starts." },
  { name: "strict_resources", label: "Fail steps that ask for too much", description: "A step that asks for more than its machine has fails. Switched off, it gets all there is." },
  { name: "nested_lists", label: "Lists of lists from loops in loops", description: "dsl.Collected of a loop inside a loop is a list of lists, as with KFP's local runner. Switched off, it is one list, as on KFP's back end." },
];
const MOST = 1_000_000;

export function OptionFields({ value, onChange }: { value: RunOptions; onChange: (value: RunOptions) => void }) {
  const [open] = useState(() => Object.keys(unusual({ ...value, use_cache: true })).length > 0);
  return (
    <>
      <Switch {...CACHE} checked={value.use_cache} onChange={(event) => onChange({ ...value, use_cache: event.currentTarget.checked })} />
      <details open={open}>
        <summary>More options</summary>
        <Stack gap="md" mt="sm">
          {MORE.map(({ name, ...said }) => (
            <Switch key={name} {...said} checked={value[name]} onChange={(event) => onChange({ ...value, [name]: event.currentTarget.checked })} />
          ))}
          <NumberInput
            label="Steps at a time"
            description="At most. Left empty, as many as the machine has places for."
            min={1}
            max={MOST}
            clampBehavior="strict"
            allowDecimal={false}
            allowNegative={false}
            maw={320}
            value={value.max_parallel === 0 ? "" : value.max_parallel}
            onChange={(number) => onChange({ ...value, max_parallel: typeof number === "number" ? number : 0 })}
          />
          <TimeoutField value={value.timeout} onChange={(timeout) => onChange({ ...value, timeout })} />
        </Stack>
      </details>
    </>
  );
}

/** `value`: seconds; 0 where there is no end. */
function TimeoutField({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const [unit, setUnit] = useState<Unit>(value === 0 ? "minutes" : unitOf(value));
  const number = value === 0 ? "" : value / UNITS[unit];
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap" maw={320}>
      <NumberInput
        label="End after"
        description="The run fails then, and its exit tasks still run. Left empty, it takes as long as it takes."
        min={0}
        max={MOST}
        clampBehavior="strict"
        allowNegative={false}
        value={number}
        onChange={(next) => onChange(typeof next === "number" ? next * UNITS[unit] : 0)}
      />
      <Select
        aria-label="Unit of the end"
        style={{ flex: "0 0 7rem" }}
        allowDeselect={false}
        data={Object.keys(UNITS)}
        value={unit}
        onChange={(next) => {
          const other = (next ?? unit) as Unit;
          setUnit(other);
          onChange(number === "" ? 0 : number * UNITS[other]);
        }}
      />
    </Group>
  );
}
