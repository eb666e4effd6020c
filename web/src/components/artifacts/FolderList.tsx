// A folder among artifacts: what is in it, and the way back.

import { Anchor, Text } from "@mantine/core";
import { IconExternalLink, IconFile, IconFolder } from "@tabler/icons-react";

import { size } from "../../model/durations";
import { crumbs, type Entry, leaf } from "../../model/previews";
import styles from "./artifacts.module.css";

export function FolderList({ entries, label, onPath }: { entries: readonly Entry[]; label: string; onPath: (path: string) => void }) {
  if (entries.length === 0) return <Text size="sm">The folder is empty.</Text>;
  return (
    <ul className={styles.folder} aria-label={`What is in ${label}`}>
      {entries.map((entry) => (
        <li key={entry.path}>
          <Line entry={entry} onPath={onPath} />
        </li>
      ))}
    </ul>
  );
}

function Line({ entry, onPath }: { entry: Entry; onPath: (path: string) => void }) {
  if (entry.leads_to !== "")
    return (
      <>
        <IconExternalLink aria-hidden size={18} />
        <Text span size="sm" style={{ overflowWrap: "anywhere" }}>
          {leaf(entry.path)}
        </Text>
        <Text span size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          link to {entry.leads_to}: no part of the artifact
        </Text>
      </>
    );
  return (
    <>
      {entry.is_folder ? <IconFolder aria-hidden size={18} /> : <IconFile aria-hidden size={18} />}
      <Anchor component="button" type="button" size="sm" ta="start" style={{ overflowWrap: "anywhere" }} onClick={() => onPath(entry.path)}>
        {leaf(entry.path)}
        {entry.is_folder ? "/" : ""}
      </Anchor>
      <Text span size="xs" c="dimmed">
        {entry.is_folder ? "folder" : size(entry.size)}
      </Text>
    </>
  );
}

export function Crumbs({ name, path, onPath }: { name: string; path: string; onPath: (path: string) => void }) {
  const way = [{ name, path: "" }, ...crumbs(path)];
  return (
    <nav aria-label="Folders" className={styles.crumbs}>
      {way.map((one, index) =>
        index === way.length - 1 ? (
          <span key={one.path} aria-current="true">
            {one.name}
          </span>
        ) : (
          <span key={one.path}>
            <Anchor component="button" type="button" size="sm" onClick={() => onPath(one.path)}>
              {one.name}
            </Anchor>
            <span aria-hidden> / </span>
          </span>
        ),
      )}
    </nav>
  );
}
