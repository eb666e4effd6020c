// How a run is to be run: the cache for all to see, the rest for whoever looks for it.

import { NumberInput, Stack, Switch } from "@mantine/core";
import { useState } from "react";

import { type RunOptions, unusual } from "../../model/form";

type Truth = Exclude<keyof RunOptions, "max_parallel">;

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
        </Stack>
      </details>
    </>
  );
}
