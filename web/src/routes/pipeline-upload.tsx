// Uploads a pipeline, or a new version of one: from a file or from an address.

import { Button, SegmentedControl, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";

import { fetchPipeline, pipelineOf, pipelinesOf, uploadPipeline } from "../api/queries";
import { FilePicker } from "../components/pipelines/FilePicker";
import { UploadProblems } from "../components/pipelines/UploadProblems";
import { Page, PageHead } from "../components/Shell";
import { isText, nameIn, refusal } from "../model/packages";
import { problemsAt, type Trouble, troubleFrom } from "../model/problems";

const route = getRouteApi("/pipelines/upload");
const CRUMBS = [{ label: "Pipelines", href: "/pipelines" }];

interface Chosen {
  file: File | null;
  /** Of a file that is text: for its name, and to show where it is wrong. */
  text: string;
  refused: string;
}

const NOTHING: Chosen = { file: null, text: "", refused: "" };

export function PipelineUploadPage() {
  const search = route.useSearch();
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
    if (source === "url") uploading.mutate({ url: url.trim(), ...named });
    else if (chosen.file !== null) uploading.mutate({ file: chosen.file, ...named, name: asVersion ? "" : named.name, version_name: asVersion ? named.name : "" });
  };
  const ready = (source === "url" ? url.trim() !== "" : chosen.file !== null) && (!asVersion || pipeline !== "");
  const nameProblem = trouble === null ? "" : aboutName(trouble);

  return (
    <Page>
      <PageHead title="Upload a pipeline" crumbs={CRUMBS} />
      <form onSubmit={submit} style={{ maxWidth: "46rem" }}>
        <Stack gap="md">
          <Target asVersion={asVersion} pipeline={search.pipeline} onChange={setAsVersion} />
          <SegmentedControl
            aria-label="Where it is"
            style={{ alignSelf: "flex-start" }}
            value={source}
            onChange={setSource}
            data={[
              { value: "file", label: "A file" },
              { value: "url", label: "An address (URL)" },
            ]}
          />
          {source === "file" ? (
            <FilePicker file={chosen.file} refused={chosen.refused} onPick={pick} onClear={clear} />
          ) : (
            <TextInput label="Address of the file" description="The server fetches it: a public https address." placeholder="https://…/pipeline.yaml" type="url" value={url} onChange={(event) => setUrl(event.currentTarget.value)} />
          )}
          <TextInput
            label={asVersion ? "Name of the version" : "Name of the pipeline"}
            description={asVersion ? "Left empty, the server names it after the pipeline and the time." : "Left empty, it is the name that the file gives itself."}
            value={name}
            maxLength={127}
            error={nameProblem === "" ? undefined : nameProblem}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Textarea label="Description" description="Left empty, it is the file’s own." autosize minRows={2} maxRows={10} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
          <Button type="submit" style={{ alignSelf: "flex-start" }} loading={uploading.isPending} disabled={!ready}>
            {asVersion ? "Upload version" : "Upload pipeline"}
          </Button>
        </Stack>
      </form>
      {trouble !== null && <UploadProblems problems={trouble.problems} text={source === "file" ? chosen.text : ""} />}
    </Page>
  );
}

/** What the server says of the name: it is taken, or cannot be one. */
function aboutName({ code, problems }: Trouble): string {
  const found = code === "name_taken" ? problems : ["name", "version_name"].flatMap((field) => problemsAt(problems, field));
  return found.map((problem) => problem.message).join(" ");
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
