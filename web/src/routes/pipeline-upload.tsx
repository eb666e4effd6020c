// Uploads a pipeline, or a new version of one: from a file or from an address.

import { Anchor, Button, SegmentedControl, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type RefObject, type SubmitEvent, useRef, useState } from "react";

import { get, kfpAddress } from "../api/client";
import { fetchPipeline, pipelineOf, pipelinesOf, uploadPipeline } from "../api/queries";
import { FilePicker } from "../components/pipelines/FilePicker";
import { UploadProblems } from "../components/pipelines/UploadProblems";
import { Page, PageHead } from "../components/Shell";
import type { KfpPipeline } from "../model/messages";
import { isText, nameIn, refusal } from "../model/packages";
import { problemsAt, takenBy, type Trouble, troubleFrom } from "../model/problems";

const route = getRouteApi("/pipelines/upload");
const CRUMBS = [{ label: "Pipelines", href: "/pipelines" }];

const SOURCES = [
  { value: "file", label: "A file" },
  { value: "url", label: "An address (URL)" },
];

interface Chosen {
  file: File | null;
  /** Of a file that is text: for its name, and to show where it is wrong. */
  text: string;
  refused: string;
}

const NOTHING: Chosen = { file: null, text: "", refused: "" };

export function PipelineUploadPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const nameField = useRef<HTMLInputElement>(null);
  const [source, setSource] = useState("file");
  const [url, setUrl] = useState("");
  const [typed, setTyped] = useState<string | null>(null);
  const [description, setDescription] = useState("");
  const [asVersion, setAsVersion] = useState(search.pipeline !== undefined);
  const pipeline = asVersion ? (search.pipeline ?? "") : "";
  const uploading = useUpload();
  const { chosen, pick, clear } = useFile(uploading.reset);
  const trouble = uploading.error === null ? null : troubleFrom(uploading.error);
  const name = typed ?? (asVersion || chosen.text === "" ? "" : nameIn(chosen.text));

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const named = { name: name.trim(), description: description.trim(), pipeline_id: pipeline };
    const onError = (error: Error): void => {
      if (aboutName(troubleFrom(error)) !== "") nameField.current?.focus();
    };
    if (source === "url") uploading.mutate({ url: url.trim(), ...named }, { onError });
    else if (chosen.file !== null) uploading.mutate({ file: chosen.file, ...named, name: asVersion ? "" : named.name, version_name: asVersion ? named.name : "" }, { onError });
  };
  const rename = (next: string): void => {
    setTyped(next);
    if (trouble !== null && aboutName(trouble) !== "") uploading.reset();
  };
  const becomeVersion = (id: string): void => {
    setAsVersion(true);
    setTyped("");
    uploading.reset();
    void navigate({ search: { pipeline: id }, replace: true });
  };
  const ready = (source === "url" ? url.trim() !== "" : chosen.file !== null) && (!asVersion || pipeline !== "");
  return (
    <Page>
      <PageHead title="Upload a pipeline" crumbs={CRUMBS} />
      <form onSubmit={submit} style={{ maxWidth: "46rem" }}>
        <Stack gap="md">
          <Target asVersion={asVersion} pipeline={search.pipeline} onChange={setAsVersion} />
          <SegmentedControl aria-label="Where it is" style={{ alignSelf: "flex-start" }} value={source} onChange={setSource} data={SOURCES} />
          {source === "file" ? <FilePicker file={chosen.file} refused={chosen.refused} onPick={pick} onClear={clear} /> : <UrlField url={url} onChange={setUrl} />}
          <NameField field={nameField} asVersion={asVersion} name={name} trouble={trouble} onChange={rename} onVersion={becomeVersion} />
          <Textarea label="Description" description="Left empty, it is the file’s own." autosize minRows={2} maxRows={10} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
          <Button type="submit" style={{ alignSelf: "flex-start" }} loading={uploading.isPending} disabled={!ready}>
            {asVersion ? "Upload version" : "Upload pipeline"}
          </Button>
        </Stack>
      </form>
      {trouble !== null && takenBy(trouble) === null && <UploadProblems problems={trouble.problems} text={source === "file" ? chosen.text : ""} />}
    </Page>
  );
}

function UrlField({ url, onChange }: { url: string; onChange: (url: string) => void }) {
  return <TextInput label="Address of the file" description="The server fetches it: a public https address." placeholder="https://…/pipeline.yaml" type="url" value={url} onChange={(event) => onChange(event.currentTarget.value)} />;
}

interface NameProps {
  field: RefObject<HTMLInputElement | null>;
  asVersion: boolean;
  name: string;
  trouble: Trouble | null;
  onChange: (name: string) => void;
  /** It is to become a version of that pipeline instead. */
  onVersion: (pipeline: string) => void;
}

function NameField({ field, asVersion, name, trouble, onChange, onVersion }: NameProps) {
  const problem = trouble === null ? "" : aboutName(trouble);
  const taken = trouble === null ? null : takenBy(trouble);
  return (
    <TextInput
      ref={field}
      label={asVersion ? "Name of the version" : "Name of the pipeline"}
      description={asVersion ? "Left empty, the server names it after the pipeline and the time." : "Left empty, it is the name that the file gives itself."}
      value={name}
      maxLength={127}
      error={problem === "" ? undefined : taken?.kind === "pipeline" ? <Taken name={taken.name} onVersion={onVersion} /> : problem}
      errorProps={{ role: "alert" }}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** A pipeline has the name: mostly what is meant is another version of it. */
function Taken({ name, onVersion }: { name: string; onVersion: (pipeline: string) => void }) {
  const there = useQuery({ queryKey: ["pipelines", "named", name], queryFn: ({ signal }) => get<KfpPipeline>(kfpAddress(["pipelines", "names", name]), signal) }).data;
  return (
    <>
      There is a pipeline named {name} already. Choose another name
      {there?.pipeline_id === undefined ? (
        "."
      ) : (
        <>
          , or{" "}
          <Anchor component="button" type="button" inherit underline="always" onClick={() => onVersion(there.pipeline_id ?? "")}>
            upload this as a new version of {name}
          </Anchor>
        </>
      )}
    </>
  );
}

/** What the server says of the name: it is taken, or cannot be one. */
function aboutName(trouble: Trouble): string {
  const taken = takenBy(trouble);
  if (taken !== null) return `There is a ${taken.kind} named ${taken.name} already. Choose another name.`;
  return ["name", "version_name"]
    .flatMap((field) => problemsAt(trouble.problems, field))
    .map((problem) => problem.message)
    .join(" ");
}

/** The file that was picked, if it is one that can be uploaded. */
function useFile(onPick: () => void) {
  const [chosen, setChosen] = useState<Chosen>(NOTHING);
  const pick = (files: File[]): void => {
    const file = files[0];
    if (file === undefined) return;
    onPick();
    const refused = files.length > 1 ? "One file at a time." : refusal(file);
    if (refused !== "") setChosen({ ...NOTHING, refused });
    else if (!isText(file.name)) setChosen({ ...NOTHING, file });
    else void file.text().then((text) => setChosen({ file, text, refused: "" }));
  };
  return { chosen, pick, clear: () => setChosen(NOTHING) };
}

function useUpload() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (sent: Parameters<typeof uploadPipeline>[0] | Parameters<typeof fetchPipeline>[0]) => ("file" in sent ? uploadPipeline(sent) : fetchPipeline(sent)),
    onSuccess: async (version) => {
      notifications.show({ message: `${version.pipeline_name}: version ${version.display_name} was uploaded` });
      void queries.invalidateQueries({ queryKey: ["pipelines"] });
      void queries.invalidateQueries({ queryKey: ["pipeline", version.pipeline_id] });
      await navigate({ to: "/pipelines/$id/versions/$vid", params: { id: version.pipeline_id, vid: version.version_id } });
    },
  });
}

interface TargetProps {
  asVersion: boolean;
  pipeline?: string;
  onChange: (asVersion: boolean) => void;
}

/** A new pipeline, or a new version of one that is there. */
function Target({ asVersion, pipeline, onChange }: TargetProps) {
  const navigate = route.useNavigate();
  const [text, setText] = useState("");
  const chosen = useQuery({ ...pipelineOf(pipeline ?? ""), enabled: pipeline !== undefined }).data;
  const found = useQuery({ ...pipelinesOf({ text: text === chosen?.display_name ? "" : text, page_size: 50 }), enabled: asVersion }).data?.pipelines ?? [];
  const data = found.map((one) => ({ value: one.pipeline_id, label: one.display_name }));
  if (pipeline !== undefined && !data.some((one) => one.value === pipeline)) data.push({ value: pipeline, label: chosen?.display_name ?? pipeline });
  return (
    <>
      <SegmentedControl
        aria-label="What it becomes"
        style={{ alignSelf: "flex-start" }}
        value={asVersion ? "version" : "pipeline"}
        onChange={(value) => onChange(value === "version")}
        data={[
          { value: "pipeline", label: "A new pipeline" },
          { value: "version", label: "A new version" },
        ]}
      />
      {asVersion && (
        <Select
          label="Of the pipeline"
          searchable
          required
          placeholder="Choose a pipeline"
          nothingFoundMessage="No such pipeline"
          data={data}
          filter={({ options }) => options}
          value={pipeline ?? null}
          onChange={(value) => void navigate({ search: { pipeline: value ?? undefined }, replace: true })}
          onSearchChange={setText}
        />
      )}
    </>
  );
}
