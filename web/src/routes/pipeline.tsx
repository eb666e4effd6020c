// A pipeline: what it is, and its versions.

import { Anchor, Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconListDetails, IconPlayerPlay, IconTrash, IconUpload } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { deletePipeline, deleteVersion, pipelineOf, versionsOf } from "../api/queries";
import { ConfirmDialog } from "../components/ConfirmDialog";
import { CopyText } from "../components/CopyText";
import { type Column, DataTable } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { Description } from "../components/pipelines/Description";
import { Page, PageHead } from "../components/Shell";
import { Time } from "../components/Time";
import { count } from "../model/durations";
import type { PipelineSummary, VersionSummary } from "../model/messages";
import { Missing } from "./missing";

const route = getRouteApi("/pipelines/$id");
const CRUMBS = [{ label: "Pipelines", href: "/pipelines" }];

export function PipelinePage() {
  const { id } = route.useParams();
  const pipeline = useQuery(pipelineOf(id));
  if (pipeline.error !== null) return <Missing what="pipeline" id={id} error={pipeline.error} crumbs={CRUMBS} onRetry={() => void pipeline.refetch()} />;
  const title = pipeline.data?.display_name ?? "Pipeline";
  return (
    <Page>
      <PageHead title={title} crumbs={CRUMBS} actions={pipeline.data && <Actions pipeline={pipeline.data} />} note={pipeline.data && <Note pipeline={pipeline.data} />} />
      {pipeline.data !== undefined && <Description text={pipeline.data.description} />}
      <Versions id={id} pipeline={title} />
    </Page>
  );
}

function Note({ pipeline }: { pipeline: PipelineSummary }) {
  return (
    <span style={{ display: "inline-flex", flexWrap: "wrap", gap: "0 1rem", alignItems: "center" }}>
      <span>
        {count(pipeline.versions, "version")}, uploaded <Time at={pipeline.created_at} />
      </span>
      <CopyText text={pipeline.pipeline_id} what="pipeline id" />
    </span>
  );
}

function Actions({ pipeline }: { pipeline: PipelineSummary }) {
  const [asked, setAsked] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const id = pipeline.pipeline_id;
  const deleting = useMutation({
    mutationFn: () => deletePipeline(id),
    onSuccess: async () => {
      notifications.show({ message: `${pipeline.display_name} was deleted` });
      await navigate({ to: "/pipelines" });
      queries.removeQueries({ queryKey: ["pipeline", id] });
      await queries.invalidateQueries({ queryKey: ["pipelines"] });
    },
  });
  return (
    <>
      <Button leftSection={<IconPlayerPlay size={16} />} disabled={pipeline.latest_version === null} renderRoot={(props) => <Link to="/runs/new" search={{ pipeline: id }} {...props} />}>
        New run
      </Button>
      <Button variant="default" leftSection={<IconUpload size={16} />} renderRoot={(props) => <Link to="/pipelines/upload" search={{ pipeline: id }} {...props} />}>
        New version
      </Button>
      <Button variant="default" leftSection={<IconListDetails size={16} />} renderRoot={(props) => <Link to="/runs" search={{ pipeline: id }} {...props} />}>
        Runs of this pipeline
      </Button>
      <Button variant="default" leftSection={<IconTrash size={16} />} onClick={() => setAsked(true)}>
        Delete
      </Button>
      <ConfirmDialog opened={asked} title={`Delete ${pipeline.display_name}?`} confirm="Delete pipeline" busy={deleting.isPending} onConfirm={() => deleting.mutate()} onClose={() => setAsked(false)}>
        <Text size="sm">{count(pipeline.versions, "version")} will be deleted with it. Its runs stay as they are. This cannot be undone.</Text>
        {deleting.error !== null && <ErrorNote error={deleting.error} />}
      </ConfirmDialog>
    </>
  );
}

const COLUMNS = (onDelete: (version: VersionSummary) => void): readonly Column<VersionSummary>[] => [
  { id: "name", label: "Version", card: "title", cell: (version) => <VersionName version={version} /> },
  { id: "source", label: "Source", width: "25%", cell: (version) => <Source version={version} /> },
  { id: "created", label: "Uploaded", width: "8rem", cell: (version) => <Time at={version.created_at} /> },
  {
    id: "actions",
    label: "Actions",
    width: "13rem",
    card: "plain",
    cell: (version) => (
      <span style={{ display: "inline-flex", gap: "0.4rem" }}>
        <Button size="compact-sm" variant="default" aria-label={`New run of ${version.display_name}`} renderRoot={(props) => <Link to="/runs/new" search={{ pipeline: version.pipeline_id, version: version.version_id }} {...props} />}>
          New run
        </Button>
        <Button size="compact-sm" variant="default" aria-label={`Delete version ${version.display_name}`} onClick={() => onDelete(version)}>
          Delete
        </Button>
      </span>
    ),
  },
];

function Versions({ id, pipeline }: { id: string; pipeline: string }) {
  const [doomed, setDoomed] = useState<VersionSummary | null>(null);
  const versions = useInfiniteQuery(versionsOf(id));
  const queries = useQueryClient();
  const deleting = useMutation({
    mutationFn: deleteVersion,
    onSuccess: async () => {
      setDoomed(null);
      await queries.invalidateQueries({ queryKey: ["pipeline", id] });
      await queries.invalidateQueries({ queryKey: ["pipelines"] });
    },
  });
  const rows = versions.data?.pages.flatMap((page) => page.versions) ?? [];
  return (
    <section aria-labelledby="versions">
      <h2 id="versions">Versions</h2>
      {versions.error !== null && <ErrorNote error={versions.error} onRetry={() => void versions.refetch()} />}
      {versions.error === null && (
        <DataTable
          label={`Versions of ${pipeline}`}
          columns={COLUMNS(setDoomed)}
          rows={rows}
          rowId={(version) => version.version_id}
          loading={versions.isPending}
          empty={<EmptyState title="It has no version">Upload one: a pipeline without a version cannot be run.</EmptyState>}
        />
      )}
      {versions.hasNextPage && (
        <Button mt="sm" variant="default" size="xs" loading={versions.isFetchingNextPage} onClick={() => void versions.fetchNextPage()}>
          Show older versions
        </Button>
      )}
      <ConfirmDialog
        opened={doomed !== null}
        title={`Delete version ${doomed?.display_name ?? ""}?`}
        confirm="Delete version"
        busy={deleting.isPending}
        onConfirm={() => doomed !== null && deleting.mutate({ id, version: doomed.version_id })}
        onClose={() => {
          setDoomed(null);
          deleting.reset();
        }}
      >
        <Text size="sm">Runs of it stay as they are. This cannot be undone.</Text>
        {deleting.error !== null && <ErrorNote error={deleting.error} />}
      </ConfirmDialog>
    </section>
  );
}

function VersionName({ version }: { version: VersionSummary }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Anchor fw={550} renderRoot={(props) => <Link to="/pipelines/$id/versions/$vid" params={{ id: version.pipeline_id, vid: version.version_id }} {...props} />}>
        {version.display_name}
      </Anchor>
      {version.description !== "" && (
        <Text size="xs" c="dimmed" lineClamp={2}>
          {version.description}
        </Text>
      )}
    </div>
  );
}

/** Where a version comes from, as far as it was said. Only addresses of the web become links. */
function Source({ version }: { version: VersionSummary }) {
  const url = version.code_source_url || version.package_url;
  if (url === "") return <Text inherit c="dimmed" span>uploaded file</Text>;
  return /^https?:\/\//.test(url) ? (
    <Anchor inherit href={url} target="_blank" rel="noreferrer">
      {url}
    </Anchor>
  ) : (
    <span>{url}</span>
  );
}
