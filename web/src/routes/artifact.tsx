// One artifact: what it is, who made it and who used it, and what is in it.

import { Anchor, Button, Code, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";

import { artifactOf, contentAddress, previewOf } from "../api/queries";
import { ArtifactPreview } from "../components/artifacts/ArtifactPreview";
import { CopyText } from "../components/CopyText";
import { ErrorNote } from "../components/ErrorNote";
import { LoadingPage } from "../components/LoadingPage";
import { ValuesTable } from "../components/run/ValuesTable";
import { Page, PageHead } from "../components/Shell";
import { exact, size } from "../model/durations";
import type { ArtifactDetail, Link as LinkMessage } from "../model/messages";

const route = getRouteApi("/artifacts/$id");

export function ArtifactPage() {
  const { id } = route.useParams();
  const artifact = useQuery(artifactOf(id));
  if (artifact.error) {
    return (
      <Page>
        <PageHead title="Artifact" />
        <ErrorNote error={artifact.error} onRetry={() => void artifact.refetch()} />
      </Page>
    );
  }
  return artifact.data ? <Artifact artifact={artifact.data} /> : <LoadingPage />;
}

function Artifact({ artifact }: { artifact: ArtifactDetail }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const path = search.path ?? "";
  const preview = useQuery(previewOf(artifact.artifact_id, path));
  return (
    <Page>
      <PageHead
        title={artifact.name || "Artifact"}
        note={`${artifact.type}${artifact.size === null ? "" : `, ${size(artifact.size)}`}, made ${exact(artifact.created_at)}`}
        actions={
          <Button component="a" href={contentAddress(artifact.artifact_id, path, { download: true })} variant="default" download>
            Download
          </Button>
        }
      />
      <Stack>
        <CopyText text={artifact.uri} what="address" />
        {artifact.digest !== "" && (
          <Text size="sm">
            Digest <Code>{artifact.digest}</Code>
          </Text>
        )}
        <Title order={2} size="h4">
          Content
        </Title>
        {path !== "" && (
          <Anchor component="button" type="button" size="sm" w="fit-content" onClick={() => void navigate({ search: {} })}>
            Back to the whole folder
          </Anchor>
        )}
        {preview.error && <ErrorNote error={preview.error} onRetry={() => void preview.refetch()} />}
        {preview.isPending && <LoadingPage height="8rem" />}
        {preview.data && (
          <ArtifactPreview
            preview={preview.data}
            name={artifact.name}
            content={contentAddress(artifact.artifact_id, path)}
            html={contentAddress(artifact.artifact_id, path, { view: "html" })}
            onEntry={(entry) => void navigate({ search: { path: entry } })}
          />
        )}
        <Title order={2} size="h4">
          Metadata
        </Title>
        <ValuesTable values={{ parameters: artifact.metadata, artifacts: {} }} label="Metadata" empty="It has none." />
        <Links title="Made by" links={artifact.producers} />
        <Links title="Used by" links={artifact.consumers} />
      </Stack>
    </Page>
  );
}

function Links({ title, links }: { title: string; links: readonly LinkMessage[] }) {
  return (
    <section aria-label={title}>
      <Title order={2} size="h4">
        {title}
      </Title>
      {links.length === 0 && <Text size="sm">No step.</Text>}
      <ul>
        {links.map((link) => (
          <li key={`${link.run_id} ${link.task_id} ${link.name}`}>
            <Anchor size="sm" renderRoot={(props) => <Link to="/runs/$id" params={{ id: link.run_id }} search={{ task: link.task_id }} {...props} />}>
              {link.run_name || link.run_id}, {link.task_id}, {link.name}
            </Anchor>
            {link.reused ? " (reused)" : ""}
          </li>
        ))}
      </ul>
    </section>
  );
}
