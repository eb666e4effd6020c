// The list of uploaded pipelines.

import { Anchor, Button, Text } from "@mantine/core";
import { IconPlayerPlay, IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";

import { pipelinesOf } from "../api/queries";
import { type Column, DataTable } from "../components/DataTable";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { NameSearch } from "../components/NameSearch";
import { Pager } from "../components/Pager";
import { Page, PageHead } from "../components/Shell";
import { Time } from "../components/Time";
import type { PipelineSummary } from "../model/messages";
import styles from "./pipelines.module.css";

const route = getRouteApi("/pipelines");

const COLUMNS: readonly Column<PipelineSummary>[] = [
  { id: "name", label: "Pipeline", card: "title", cell: (pipeline) => <Name pipeline={pipeline} /> },
  { id: "latest", label: "Latest version", width: "22%", cell: ({ latest_version: version }) => (version === null ? "none" : <Version version={version} />) },
  { id: "versions", label: "Versions", width: "6rem", align: "right", cell: (pipeline) => pipeline.versions },
  { id: "created", label: "Uploaded", width: "8rem", cell: (pipeline) => <Time at={pipeline.created_at} /> },
  { id: "run", label: "Actions", width: "8rem", card: "plain", cell: (pipeline) => <RunButton pipeline={pipeline} /> },
];

export function PipelinesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const pages = search.page ?? [];
  const list = useQuery(pipelinesOf({ text: search.text, page_size: 20, page_token: pages.at(-1) }));
  const found = list.data?.pipelines ?? [];
  const token = list.data?.next_page_token ?? "";
  const turn = (page: string[]): void => void navigate({ search: { ...search, page: page.length === 0 ? undefined : page.slice(-8) } });
  return (
    <Page>
      <PageHead title="Pipelines" actions={<UploadButton />} />
      {(found.length > 0 || search.text !== undefined) && <NameSearch className={styles.search} label="Name of the pipeline" text={search.text ?? ""} onChange={(text) => void navigate({ search: { text: text || undefined } })} />}
      {list.error !== null && <ErrorNote error={list.error} title="The pipelines cannot be shown" onRetry={() => void list.refetch()} />}
      {(list.data !== undefined || list.isPending) && (
        <DataTable
          label="Pipelines"
          columns={COLUMNS}
          rows={found}
          rowId={(pipeline) => pipeline.pipeline_id}
          loading={list.isPending}
          stale={list.isPlaceholderData}
          empty={search.text === undefined ? <NoneYet /> : <NoneLike text={search.text} />}
        />
      )}
      {(pages.length > 0 || token !== "") && (
        <Pager onNext={token === "" ? undefined : () => turn([...pages, token])} onBack={pages.length === 0 ? undefined : () => turn(pages.slice(0, -1))} onFirst={pages.length > 1 ? () => turn([]) : undefined} />
      )}
    </Page>
  );
}

function UploadButton() {
  return (
    <Button component={Link} to="/pipelines/upload" leftSection={<IconUpload size={16} />}>
      Upload pipeline
    </Button>
  );
}

function NoneYet() {
  return (
    <EmptyState title="No pipeline has been uploaded yet" actions={<UploadButton />}>
      Compile one with <code>bakehouse compile</code> or KFP’s SDK and upload the file: then it can be run from here with a form for its inputs. Pipelines that are run from a file (
      <code>bakehouse run</code>) need no upload; you find them under <Anchor underline="always" renderRoot={(props) => <Link to="/runs" {...props} />}>Runs</Anchor>.
    </EmptyState>
  );
}

function NoneLike({ text }: { text: string }) {
  return <EmptyState title={`No pipeline is named like “${text}”`} actions={<Button variant="default" renderRoot={(props) => <Link to="/pipelines" search={{}} {...props} />}>Show all pipelines</Button>} />;
}

function Name({ pipeline }: { pipeline: PipelineSummary }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Anchor fw={550} renderRoot={(props) => <Link to="/pipelines/$id" params={{ id: pipeline.pipeline_id }} {...props} />}>
        {pipeline.display_name}
      </Anchor>
      {pipeline.description !== "" && (
        <Text size="xs" c="dimmed" lineClamp={2}>
          {pipeline.description}
        </Text>
      )}
    </div>
  );
}

function Version({ version }: { version: NonNullable<PipelineSummary["latest_version"]> }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Anchor inherit renderRoot={(props) => <Link to="/pipelines/$id/versions/$vid" params={{ id: version.pipeline_id, vid: version.version_id }} {...props} />}>
        {version.display_name}
      </Anchor>
      <Text size="xs" c="dimmed">
        <Time at={version.created_at} />
      </Text>
    </div>
  );
}

function RunButton({ pipeline }: { pipeline: PipelineSummary }) {
  if (pipeline.latest_version === null) return null;
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconPlayerPlay size={14} />}
      aria-label={`New run of ${pipeline.display_name}`}
      renderRoot={(props) => <Link to="/runs/new" search={{ pipeline: pipeline.pipeline_id }} {...props} />}
    >
      New run
    </Button>
  );
}
