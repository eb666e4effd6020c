// One artifact: what it is, what is in it, who made it and who used it.

import { Badge, Button, Stack, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { archiveAddress, artifactOf, contentAddress, previewOf } from "../api/queries";
import { Lineage } from "../components/artifacts/Lineage";
import { MetricsOf } from "../components/artifacts/MetricsOf";
import { CopyText } from "../components/CopyText";
import { LoadingPage } from "../components/LoadingPage";
import { Facts } from "../components/run/Facts";
import { type Crumb, Page, PageHead } from "../components/Shell";
import { Time } from "../components/Time";
import { size } from "../model/durations";
import type { ArtifactDetail } from "../model/messages";
import { isMetrics } from "../model/metrics";
import { Missing } from "./missing";
import { ArtifactContent } from "./run-artifact";

const route = getRouteApi("/artifacts/$id");
const RUNS: Crumb = { label: "Runs", href: "/runs" };

export function ArtifactPage() {
  const { id } = route.useParams();
  const artifact = useQuery(artifactOf(id));
  if (artifact.data) return <Artifact artifact={artifact.data} />;
  if (artifact.error) return <Missing what="artifact" id={id} error={artifact.error} crumbs={[RUNS]} onRetry={() => void artifact.refetch()} />;
  return <LoadingPage />;
}

function Artifact({ artifact }: { artifact: ArtifactDetail }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [made] = artifact.producers;
  const crumbs = made === undefined ? [RUNS] : [RUNS, { label: made.run_name === "" ? made.run_id : made.run_name, href: `/runs/${made.run_id}` }];
  const metrics = isMetrics(artifact.type);
  return (
    <Page>
      <PageHead
        title={artifact.name === "" ? "Artifact" : artifact.name}
        crumbs={crumbs}
        badge={
          <Badge variant="default" tt="none" fw={500}>
            {artifact.type}
          </Badge>
        }
        actions={artifact.local && !metrics ? <Download id={artifact.artifact_id} path={search.path ?? ""} /> : undefined}
      />
      <Stack gap="xl">
        <Facts label="The artifact" facts={factsOf(artifact)} />
        <Part title={metrics ? "Metrics" : "Metadata"}>
          <MetricsOf name={artifact.name} type={artifact.type} metadata={artifact.metadata} empty="Nothing was recorded in it. A step adds to it with artifact.metadata[…] = …" />
        </Part>
        {!metrics && (
          <Part title="Content">
            {artifact.local ? (
              <ArtifactContent id={artifact.artifact_id} name={artifact.name} path={search.path ?? ""} download={false} onPath={(path) => void navigate({ search: { path: path === "" ? undefined : path }, resetScroll: false })} />
            ) : (
              <Text size="sm">It lies where this server cannot read it: {artifact.uri}</Text>
            )}
          </Part>
        )}
        <Part title="Made by">
          <Lineage links={artifact.producers} label="Made by" what="Output" empty="No step that is still recorded: its run was deleted, or it came from elsewhere." />
        </Part>
        <Part title="Used by">
          <Lineage links={artifact.consumers} label="Used by" what="Input" empty="No step has taken it as an input." />
        </Part>
      </Stack>
    </Page>
  );
}

const factsOf = (artifact: ArtifactDetail) =>
  [
    ["Address", <CopyText key="uri" text={artifact.uri} what="the address" />],
    ["Digest", artifact.digest === "" ? "not taken: its bytes were not read" : <CopyText key="digest" text={artifact.digest} what="the digest" />],
    ["Size", artifact.size === null ? "not counted" : size(artifact.size)],
    ["Made", <Time key="made" at={artifact.created_at} full />],
    ["Id", <CopyText key="id" text={artifact.artifact_id} what="the id" />],
  ] as const;

/** What is shown is what is saved: a folder as an archive. */
function Download({ id, path }: { id: string; path: string }) {
  const { data } = useQuery(previewOf(id, path));
  const empty = data?.kind === "folder" ? data.entries.length === 0 : data?.size === 0;
  if (data === undefined || empty) return null;
  const folder = data.kind === "folder";
  return (
    <Button component="a" download href={folder ? archiveAddress(id, path) : contentAddress(id, path, { download: true })} leftSection={<IconDownload aria-hidden size={16} />} variant="default">
      {folder ? "Download as zip" : "Download"}
    </Button>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} size="h3" mb="xs">
        {title}
      </Title>
      {children}
    </section>
  );
}
