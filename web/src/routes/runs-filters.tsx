// The filters of the list of runs, with what can be chosen in them.

import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { experimentOf, experimentsOf, pipelineOf, pipelinesOf } from "../api/queries";
import { type Choice, RunFilters } from "../components/runs/RunFilters";
import type { RunsSearch } from "../model/addresses";
import type { RunSummary } from "../model/messages";

interface Props {
  search: RunsSearch;
  runs: readonly RunSummary[];
  onChange: (change: Partial<RunsSearch>) => void;
  onClear: (search: RunsSearch) => void;
}

export function FilterLine({ search, runs, onChange, onClear }: Props) {
  const [pipelineText, setPipelineText] = useState("");
  const [experimentText, setExperimentText] = useState("");
  return (
    <RunFilters
      search={search}
      onChange={onChange}
      onClear={onClear}
      pipelines={{ uploaded: useUploaded(search, pipelineText), files: filesOf(search, runs, pipelineText) }}
      experiments={useExperiments(search, experimentText)}
      onSearchPipelines={setPipelineText}
      onSearchExperiments={setExperimentText}
    />
  );
}

/** What was typed, unless it is the label of what is chosen: a closed field holds that. */
const typed = (text: string, chosen: string | undefined): string => (text === chosen ? "" : text);

function useUploaded(search: RunsSearch, text: string): Choice[] {
  const chosen = useQuery({ ...pipelineOf(search.pipeline ?? ""), enabled: search.pipeline !== undefined }).data;
  const [late] = useDebouncedValue(typed(text, chosen?.display_name), 250);
  const list = useQuery(pipelinesOf({ text: late, page_size: 50 })).data?.pipelines ?? [];
  const choices = list.map((one): Choice => ({ value: one.pipeline_id, label: one.display_name }));
  return withChosen(choices, search.pipeline, chosen?.display_name);
}

function useExperiments(search: RunsSearch, text: string): Choice[] {
  const chosen = useQuery({ ...experimentOf(search.experiment ?? ""), enabled: search.experiment !== undefined }).data;
  const [late] = useDebouncedValue(typed(text, chosen?.display_name), 250);
  const list = useQuery(experimentsOf(late)).data ?? [];
  const choices = list.map((one): Choice => ({ value: one.experiment_id, label: one.display_name }));
  return withChosen(choices, search.experiment, chosen?.display_name);
}

function withChosen(choices: Choice[], id: string | undefined, label: string | undefined): Choice[] {
  if (id === undefined || choices.some((choice) => choice.value === id)) return choices;
  return [...choices, { value: id, label: label ?? id }];
}

/** Pipelines of files are nowhere listed: those of the runs that are shown, the chosen one, and what was typed. */
function filesOf(search: RunsSearch, runs: readonly RunSummary[], text: string): Choice[] {
  const names = new Set(runs.filter((run) => run.pipeline.pipeline_id === "").map((run) => run.pipeline.name));
  const found = [...names].filter((name) => text === "" || text === search.pipeline_name || name.toLowerCase().includes(text.toLowerCase()));
  if (search.pipeline_name !== undefined) found.push(search.pipeline_name);
  return [...new Set(found)].map((name) => ({ value: name, label: name }));
}
