// Choosing another run to compare: by its name, the newest first.

import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { runsOf } from "../api/queries";
import { ago } from "../model/durations";
import { useNow } from "../components/useNow";
import { troubleFrom } from "../model/problems";
import { LOOKS } from "../model/states";

export function AddRun({ known, onAdd }: { known: readonly string[]; onAdd: (id: string) => void }) {
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text, 250);
  const now = useNow();
  const found = useQuery(runsOf({ text: wanted, page_size: 20 }));
  const offered = (found.data?.runs ?? []).filter((run) => !known.includes(run.run_id));
  return (
    <Select
      key={known.join()}
      aria-label="Add a run"
      placeholder="Add a run: type a part of its name"
      searchable
      value={null}
      searchValue={text}
      onSearchChange={setText}
      onChange={(id) => {
        if (id === null) return;
        setText("");
        onAdd(id);
      }}
      filter={({ options }) => options}
      data={offered.map((run) => ({ value: run.run_id, label: `${run.name}, ${LOOKS[run.state].label.toLowerCase()}, ${ago(run.created_at, now)}` }))}
      nothingFoundMessage={found.isPending ? "Loading…" : found.error ? troubleFrom(found.error).problems[0]?.message : "No other run has such a name."}
      leftSection={<IconPlus aria-hidden size={16} />}
      w="100%"
      maw="26rem"
    />
  );
}
