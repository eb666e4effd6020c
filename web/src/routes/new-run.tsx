// Starts a run: of a pipeline's version, or like another run.

import { Anchor, Button, Select, Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";

import { experimentOf, kfpRunOf, pipelineOf, pipelinesOf, runOf, specOfRun, versionOf, versionsOf } from "../api/queries";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { LoadingPage } from "../components/LoadingPage";
import { Page, PageHead } from "../components/Shell";
import { leftBehind, optionsOf, USUAL } from "../model/form";
import { isNotFound } from "../model/problems";
import { EVERYTHING, selectionLike } from "../model/selection";
import { textsOf } from "../model/tags";
import { Missing } from "./missing";
import { RunForm, type Start } from "./new-run-form";

const route = getRouteApi("/runs/new");
const CRUMBS = [{ label: "Runs", href: "/runs" }];

export function NewRunPage() {
  const search = route.useSearch();
  if (search.from !== undefined) return <LikeRun id={search.from} step={search.step} />;
  return (
    <Page>
      <PageHead title="New run" crumbs={CRUMBS} />
      <Stack gap="md" maw="46rem">
        <PipelineChoice />
        {search.pipeline !== undefined && <OfVersion pipeline={search.pipeline} wanted={search.version} experiment={search.experiment} />}
      </Stack>
    </Page>
  );
}

function LikeRun({ id, step }: { id: string; step?: string }) {
  const run = useQuery(runOf(id));
  const spec = useQuery(specOfRun(id));
  // A run of a file, or of a version that was deleted since, tells its own spec.
  const fromFile = run.data !== undefined && (run.data.pipeline.version_id === "" || run.data.pipeline.version_name === "");
  const source = useQuery({ ...kfpRunOf(id), enabled: fromFile });
  const error = run.error ?? spec.error ?? source.error;
  if (error !== null) return <Missing what="run" id={id} error={error} crumbs={CRUMBS} onRetry={() => void Promise.all([run.refetch(), spec.refetch()])} />;
  if (run.data === undefined || spec.data === undefined || (fromFile && source.data === undefined)) return <LoadingPage />;
  const { pipeline, experiment } = run.data;
  const start: Start = {
    pipeline: pipeline.name,
    spec: spec.data,
    given: run.data.parameters,
    like: run.data.name,
    experiment: { id: experiment.experiment_id, name: experiment.name },
    options: step === undefined ? optionsOf(run.data) : { ...optionsOf(run.data), use_cache: true },
    selection: selectionLike(run.data, step),
    tags: textsOf(run.data.tags),
    siblings: { pipeline_name: pipeline.name },
    description: run.data.description,
    settings: { pipeline_root: run.data.pipeline_root, service_account: run.data.service_account },
    left: leftBehind(run.data),
    source: fromFile ? { pipeline_spec: source.data?.pipeline_spec } : { pipeline_version_reference: { pipeline_id: pipeline.pipeline_id, pipeline_version_id: pipeline.version_id } },
  };
  return (
    <Page>
      <PageHead
        title="New run"
        crumbs={CRUMBS}
        note={
          <>
            Like <Anchor inherit underline="always" renderRoot={(props) => <Link to="/runs/$id" params={{ id }} {...props} />}>{run.data.name}</Anchor>, with the pipeline {pipeline.name} as it was then
          </>
        }
      />
      <RunForm key={`${id} ${step ?? ""}`} start={start} />
    </Page>
  );
}

/** The pipeline and the version that are run; both stand in the address. */
function PipelineChoice() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [text, setText] = useState("");
  const chosen = useQuery({ ...pipelineOf(search.pipeline ?? ""), enabled: search.pipeline !== undefined }).data;
  const list = useQuery(pipelinesOf({ text: text === chosen?.display_name ? "" : text, page_size: 50 }));
  const data = (list.data?.pipelines ?? []).map((one) => ({ value: one.pipeline_id, label: one.display_name }));
  if (chosen !== undefined && !data.some((one) => one.value === chosen.pipeline_id)) data.push({ value: chosen.pipeline_id, label: chosen.display_name });
  if (list.data?.pipelines.length === 0 && text === "" && search.pipeline === undefined) return <NothingToRun />;
  return (
    <>
      <Select
        label="Pipeline"
        placeholder="Choose a pipeline"
        required
        searchable
        nothingFoundMessage="No such pipeline"
        data={data}
        filter={({ options }) => options}
        value={search.pipeline ?? null}
        onSearchChange={setText}
        onChange={(value) => void navigate({ search: { ...search, pipeline: value ?? undefined, version: undefined }, replace: true })}
      />
      {search.pipeline === undefined && (
        <Text size="sm" c="dimmed">
          Its inputs are asked for when one is chosen. To run something again as it was run before, open that run and choose Clone.
        </Text>
      )}
      {search.pipeline !== undefined && <VersionChoice pipeline={search.pipeline} />}
    </>
  );
}

function VersionChoice({ pipeline }: { pipeline: string }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const versions = useInfiniteQuery(versionsOf(pipeline)).data?.pages.flatMap((page) => page.versions) ?? [];
  const [latest] = versions;
  if (latest === undefined || (versions.length === 1 && (search.version === undefined || search.version === latest.version_id))) return null;
  const data = versions.map((one) => ({ value: one.version_id, label: one === latest ? `${one.display_name} (latest)` : one.display_name }));
  return (
    <Select
      label="Version"
      allowDeselect={false}
      searchable={data.length > 10}
      data={data}
      value={search.version ?? latest.version_id}
      onChange={(value) => void navigate({ search: { ...search, version: value === latest.version_id ? undefined : (value ?? undefined) }, replace: true })}
    />
  );
}

function OfVersion({ pipeline: id, wanted, experiment }: { pipeline: string; wanted?: string; experiment?: string }) {
  const pipeline = useQuery(pipelineOf(id));
  const vid = wanted ?? pipeline.data?.latest_version?.version_id ?? "";
  const version = useQuery({ ...versionOf(id, vid), enabled: vid !== "" });
  const chosen = useQuery({ ...experimentOf(experiment ?? ""), enabled: experiment !== undefined });
  const error = pipeline.error ?? version.error;
  if (isNotFound(error)) return <NotThere what={pipeline.error === null ? "version" : "pipeline"} id={pipeline.error === null ? vid : id} />;
  if (error !== null) return <ErrorNote error={error} onRetry={() => void Promise.all([pipeline.refetch(), version.refetch()])} />;
  if (pipeline.data !== undefined && vid === "") return <EmptyState title="This pipeline has no version" actions={<Button renderRoot={(props) => <Link to="/pipelines/upload" search={{ pipeline: id }} {...props} />}>Upload one</Button>} />;
  if (version.data === undefined || (experiment !== undefined && chosen.isPending)) return <LoadingPage />;
  const start: Start = {
    pipeline: version.data.pipeline_name,
    spec: version.data.spec,
    given: {},
    like: "",
    experiment: chosen.data === undefined ? null : { id: chosen.data.experiment_id, name: chosen.data.display_name },
    options: USUAL,
    selection: EVERYTHING,
    tags: [],
    siblings: { pipeline_id: id },
    description: "",
    settings: { pipeline_root: "", service_account: "" },
    left: [],
    source: { pipeline_version_reference: { pipeline_id: id, pipeline_version_id: vid } },
  };
  return <RunForm key={vid} start={start} />;
}

/** The fields above are there to choose another one. */
function NotThere({ what, id }: { what: string; id: string }) {
  return (
    <EmptyState title={`There is no such ${what}`}>
      Nothing is known of {id}: it was deleted, or it belongs to another home. Choose another {what} above.
    </EmptyState>
  );
}

function NothingToRun() {
  return (
    <EmptyState title="No pipeline has been uploaded yet" actions={<Button renderRoot={(props) => <Link to="/pipelines/upload" {...props} />}>Upload pipeline</Button>}>
      A run is of an uploaded pipeline, or like another run: open that run and choose Clone.
    </EmptyState>
  );
}
