// The content of an artifact, or of a file in it, as people read it: text, JSON, a table, an image, a report, a folder.

import { Stack, Text } from "@mantine/core";
import { lazy, Suspense } from "react";

import { patiently } from "../../patient";
import { size } from "../../model/durations";
import type { Preview } from "../../model/previews";
import { LoadingPage } from "../LoadingPage";
import styles from "./artifacts.module.css";
import { CsvTable } from "./CsvTable";
import { Crumbs, FolderList } from "./FolderList";
import { HtmlFrame } from "./HtmlFrame";
import { JsonTree } from "./JsonTree";
import { PlainText } from "./PlainText";

const MarkdownText = lazy(() => patiently(() => import("./MarkdownText")));

interface Props {
  preview: Preview;
  /** Of the artifact. */
  name: string;
  /** The file or folder in it that is shown; empty: the artifact itself. */
  path: string;
  /** Where its bytes are, and where its HTML is to be framed from. */
  content: string;
  html: string;
  onPath: (path: string) => void;
}

export function ArtifactPreview(props: Props) {
  const { preview, name, path, onPath } = props;
  const note = preview.note || (preview.truncated ? `Only the beginning of ${size(preview.size)} is shown: download it to see the rest.` : "");
  return (
    <div>
      {path !== "" && <Crumbs name={name} path={path} onPath={onPath} />}
      <Stack gap="xs">
        <Body {...props} />
        {note !== "" && (
          <Text size="sm" c="dimmed">
            {note}
          </Text>
        )}
      </Stack>
    </div>
  );
}

function Body({ preview, name, path, content, html, onPath }: Props) {
  const label = path === "" ? name : `${name}/${path}`;
  switch (preview.kind) {
    case "text":
      return preview.text === "" ? null : <PlainText text={preview.text} label={label} />;
    case "json":
      return <JsonTree text={preview.text} label={label} />;
    case "table":
      return <CsvTable columns={preview.columns} rows={preview.rows} name={label} />;
    case "image":
      return <img src={content} alt={label} className={styles.image} />;
    case "html":
      return <HtmlFrame address={html} name={label} />;
    case "markdown":
      return (
        <Suspense fallback={<LoadingPage height="6rem" />}>
          <MarkdownText text={preview.text} label={label} />
        </Suspense>
      );
    case "folder":
      return <FolderList entries={preview.entries} label={label} onPath={onPath} />;
    case "none":
      return preview.note === "" ? <Text size="sm">There is nothing to show.</Text> : null;
  }
}
