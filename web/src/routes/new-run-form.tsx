// The form of a new run, and what sends it.

import { Button, Paper, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type SubmitEvent, useRef, useState } from "react";

import type { Query } from "../api/client";
import { createExperiment, experimentsOf, type KfpRun, type NewRun, runOf, runsOf, startRun } from "../api/queries";
import { ProblemsNote } from "../components/ErrorNote";
import { type ExperimentChoice, ExperimentField } from "../components/newrun/ExperimentField";
import { OptionFields } from "../components/newrun/OptionFields";
import { ParameterField } from "../components/newrun/ParameterField";
import { SelectionFields } from "../components/newrun/SelectionFields";
import { TagsField } from "../components/TagsField";
import { cloneName, type Draft, type Drafts, draftOf, draftsOf, filled, type RunOptions, runName, unknownTo, unusual } from "../model/form";
import type { ProblemText, SpecView } from "../model/messages";
import { problemsAt, troubleFrom } from "../model/problems";
import { queryOfSelection, type Selection } from "../model/selection";

/** What a run is started from. */
export interface Start {
  pipeline: string;
  spec: SpecView;
  /** What a run like it was given. */
  given: Readonly<Record<string, unknown>>;
  /** The name of that run; empty if there is none. */
  like: string;
  experiment: ExperimentChoice | null;
  /** How it is to be run, to begin with. */
  options: RunOptions;
  /** Which of its steps are run. */
  selection: Selection;
  tags: readonly string[];
  /** What finds the runs of the same pipeline. */
  siblings: Query;
  description: string;
  /** What that run was given beside its parameters; empty where it was given nothing. */
  settings: { pipeline_root: string; service_account: string };
  /** What of that run cannot be said to a new one. */
  left: readonly string[];
  source: Pick<NewRun, "pipeline_spec" | "pipeline_version_reference">;
}

export function RunForm({ start }: { start: Start }) {
  const { inputs, problems: against } = start.spec;
  const form = useRef<HTMLFormElement>(null);
  const [name, setName] = useState(() => (start.like === "" ? runName(start.pipeline, new Date()) : cloneName(start.like)));
  const [description, setDescription] = useState(start.description);
  const [experiment, setExperiment] = useState(start.experiment);
  const [options, setOptions] = useState(start.options);
  const [selection, setSelection] = useState(start.selection);
  const [tags, setTags] = useState(start.tags);
  const [drafts, setDrafts] = useState<Drafts>(() => draftsOf(inputs, start.given));
  const [strict, setStrict] = useState(false);
  const starting = useStart();
  const { parameters, wrong } = filled(inputs, drafts);
  const troubles = starting.error === null ? [] : troubleFrom(starting.error).problems;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setStrict(true);
    const [first] = name.trim() === "" ? ["[name=run-name]"] : Object.keys(wrong).map((one) => `[data-parameter=${CSS.escape(one)}]`);
    const { pipeline_root, service_account } = start.settings;
    const run = { display_name: name.trim(), description: description.trim(), ...start.source, service_account, runtime_config: { parameters, pipeline_root } };
    if (first === undefined) starting.mutate({ run, experiment, beside: { ...unusual(options), ...queryOfSelection(selection, options.use_cache), tag: tags } });
    else controlAt(form.current, first)?.focus();
  };
  return (
    <form ref={form} onSubmit={submit} noValidate style={{ maxWidth: "46rem" }}>
      <Stack gap="md">
        {against.length > 0 && <ProblemsNote calm title="It cannot be run here" problems={against} />}
        {troubles.length > 0 && <ProblemsNote title="The run was not started" problems={elsewhere(troubles, inputs.map((input) => input.name))} />}
        <TextInput
          name="run-name"
          label="Name of the run"
          required
          value={name}
          error={strict && name.trim() === "" ? "A run needs a name." : messages(troubles, "display_name")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Experiment value={experiment} onChange={setExperiment} error={messages(troubles, "experiment_id")} />
        <Textarea label="Description" autosize minRows={1} maxRows={8} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <TagsField value={tags} onChange={setTags} description="To find it by: a key and a value, as in team=vision. Enter ends a tag." />
        <Inputs start={start} drafts={drafts} strict={strict} troubles={troubles} onChange={(input, draft) => setDrafts((now) => ({ ...now, [input]: draft }))} />
        <Carried start={start} />
        <PartOf start={start} value={selection} useCache={options.use_cache} onChange={setSelection} />
        <OptionFields value={options} onChange={setOptions} />
        <Button type="submit" style={{ alignSelf: "flex-start" }} leftSection={<IconPlayerPlay size={16} />} loading={starting.isPending} disabled={against.length > 0}>
          Start run
        </Button>
        {against.length > 0 && (
          <Text size="sm" c="dimmed">
            Above stands why it cannot be started here.
          </Text>
        )}
      </Stack>
    </form>
  );
}

interface InputsProps {
  start: Start;
  drafts: Drafts;
  strict: boolean;
  troubles: readonly ProblemText[];
  onChange: (input: string, draft: Draft) => void;
}

function Inputs({ start, drafts, strict, troubles, onChange }: InputsProps) {
  const { inputs, problems: against } = start.spec;
  return (
    <Paper withBorder p="md" bg="var(--ground-card)" component="section" aria-labelledby="inputs">
      <h2 id="inputs" style={{ margin: 0 }}>
        Inputs
      </h2>
      <Surplus names={unknownTo(inputs, start.given)} />
      {inputs.length === 0 && <p style={{ margin: "0.5rem 0 0" }}>This pipeline takes none.</p>}
      {inputs.map((input) => (
        <ParameterField
          key={input.name}
          input={input}
          draft={drafts[input.name] ?? draftOf(input)}
          strict={strict}
          problems={[...against.filter((one) => one.place === `parameter ${input.name}`), ...problemsAt(troubles, input.name)]}
          onChange={(draft) => onChange(input.name, draft)}
        />
      ))}
    </Paper>
  );
}

/** What one writes into at a place of the form; a button beside it only where there is nothing else. */
function controlAt(form: HTMLFormElement | null, place: string): HTMLElement | null {
  const found = ["", " input", " textarea", " [contenteditable=true]", " button"].map((kind) => form?.querySelector<HTMLElement>(place + kind) ?? null);
  return found.find((one, index) => one !== null && (index > 0 || one.matches("input"))) ?? null;
}

const messages = (problems: readonly ProblemText[], field: string): string | undefined => problemsAt(problems, field).map((one) => one.message).join(" ") || undefined;

/** What belongs to no field stands above the form; if all do, one sentence says where to look. */
function elsewhere(problems: readonly ProblemText[], names: readonly string[]): readonly ProblemText[] {
  const others = problems.filter((problem) => !names.some((name) => problemsAt([problem], name).length > 0));
  return others.length > 0 ? others : [{ message: "See the marked inputs below.", place: "", remedy: "" }];
}

function Surplus({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return <ProblemsNote calm problems={[{ message: `That run was also given ${names.join(", ")}: this pipeline has no such inputs, they are left out.`, place: "", remedy: "" }]} />;
}

/** What a run like another takes over without a field of its own, and what it does not. */
function Carried({ start: { settings, left } }: { start: Start }) {
  const taken = [["Pipeline root", settings.pipeline_root] as const, ["Service account", settings.service_account] as const].filter(([, value]) => value !== "");
  return (
    <>
      {taken.length > 0 && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {taken.map(([label, value]) => `${label} as of that run: ${value}`).join(". ")}.
        </Text>
      )}
      {left.length > 0 && <ProblemsNote calm title="Not as in that run" problems={left.map((message) => ({ message, place: "", remedy: "" }))} />}
    </>
  );
}

function Experiment({ value, onChange, error }: { value: ExperimentChoice | null; onChange: (value: ExperimentChoice | null) => void; error?: string }) {
  const [text, setText] = useState("");
  const [late] = useDebouncedValue(text, 250);
  const found = useQuery(experimentsOf(late.trim())).data ?? [];
  return <ExperimentField value={value} options={found.map((one) => ({ id: one.experiment_id, name: one.display_name }))} onChange={onChange} onSearch={setText} error={error} />;
}

/** Runs of the same pipeline are offered to take results from: those that fit what is typed, and the chosen one. */
function PartOf({ start, value, useCache, onChange }: { start: Start; value: Selection; useCache: boolean; onChange: (value: Selection) => void }) {
  const [text, setText] = useState("");
  const chosen = useQuery({ ...runOf(value.from_run), enabled: value.from_run !== "" }).data;
  const [late] = useDebouncedValue(text === chosen?.name ? "" : text, 250);
  const found = useQuery(runsOf({ ...start.siblings, text: late.trim(), page_size: 20 })).data?.runs ?? [];
  const runs = found.map((one) => ({ value: one.run_id, label: one.name }));
  if (value.from_run !== "" && !runs.some((one) => one.value === value.from_run)) runs.push({ value: value.from_run, label: chosen?.name ?? value.from_run });
  return <SelectionFields value={value} steps={start.spec.steps} useCache={useCache} runs={runs} onSearchRuns={setText} onChange={onChange} />;
}

interface Sent {
  run: NewRun;
  experiment: ExperimentChoice | null;
  /** What is said beside KFP's message. */
  beside: Query;
}

function useStart() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: async ({ run, experiment, beside }: Sent): Promise<KfpRun> => {
      const id = experiment === null ? undefined : experiment.id || (await createExperiment(experiment.name)).experiment_id;
      return startRun({ ...run, experiment_id: id }, beside);
    },
    onSuccess: async (run) => {
      notifications.show({ message: `${run.display_name} was started` });
      void queries.invalidateQueries({ queryKey: ["runs"] });
      await navigate({ to: "/runs/$id", params: { id: run.run_id } });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["experiments"] }),
  });
}
