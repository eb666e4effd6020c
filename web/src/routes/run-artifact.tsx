// An artifact inside the page of a run: its metrics, or the beginning of its content.

import { Button, Group, Stack } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { archiveAddress, contentAddress, previewOf } from "../api/queries";
import { ArtifactPreview } from "../components/artifacts/ArtifactPreview";
import { MetricsOf } from "../components/artifacts/MetricsOf";
import { ErrorNote } from "../components/ErrorNote";
import { LoadingPage } from "../components/LoadingPage";
import { ArtifactCard } from "../components/run/ArtifactCard";
import type { ArtifactRef } from "../model/messages";
import { isMetrics } from "../model/metrics";

/** An artifact as a card that opens. */
export function RunArtifact({ artifact, name, opened }: { artifact: ArtifactRef; name: string; opened: boolean }) {
  return (
    <ArtifactCard artifact={artifact} name={name} opened={opened}>
      <Stack gap="sm">
        <MetricsOf name={name} type={artifact.type} metadata={artifact.metadata} empty={isMetrics(artifact.type) ? "It holds no metrics." : ""} />
        {!isMetrics(artifact.type) && <Content id={artifact.artifact_id} name={name} />}
      </Stack>
    </ArtifactCard>
  );
}

function Content({ id, name }: { id: string; name: string }) {
  const [path, setPath] = useState("");
  return <ArtifactContent id={id} name={name} path={path} download onPath={setPath} />;
}

interface Props {
  id: string;
  name: string;
  /** The file or folder in it that is shown. */
  path: string;
  /** Whether a button to download it stands below; not where the page has one. */
  download: boolean;
  onPath: (path: string) => void;
}

export function ArtifactContent({ id, name, path, download, onPath }: Props) {
  const preview = useQuery(previewOf(id, path));
  if (preview.error && !preview.data) return <ErrorNote error={preview.error} onRetry={() => void preview.refetch()} />;
  if (!preview.data) return <LoadingPage height="6rem" />;
  const folder = preview.data.kind === "folder";
  const there = download && (folder ? preview.data.entries.length > 0 : preview.data.size > 0);
  return (
    <Stack gap="sm">
      <ArtifactPreview
        preview={preview.data}
        name={name}
        path={path}
        content={contentAddress(id, path)}
        html={contentAddress(id, path, { view: "html" })}
        onPath={onPath}
      />
      {there && (
        <Group>
          <Button component="a" download href={folder ? archiveAddress(id, path) : contentAddress(id, path, { download: true })} leftSection={<IconDownload aria-hidden size={16} />} size="compact-sm" variant="default">
            {folder ? "Download as zip" : "Download"}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
