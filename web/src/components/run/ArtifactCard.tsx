// One artifact of a step or a run: its kind and size, a way to its own page, and its content, folded.

import { Anchor, Button, Text } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { size } from "../../model/durations";
import type { ArtifactRef } from "../../model/messages";
import { isMetrics } from "../../model/metrics";
import { shortDigest } from "../../model/recorded";
import { CopyText } from "../CopyText";
import styles from "./run.module.css";

interface Props {
  artifact: ArtifactRef;
  /** The output or input. */
  name: string;
  opened?: boolean;
  children: ReactNode;
}

export function ArtifactCard({ artifact, name, opened = false, children }: Props) {
  const [open, setOpen] = useState(opened);
  const known = artifact.artifact_id !== "";
  const Arrow = open ? IconChevronDown : IconChevronRight;
  return (
    <section className={styles.card} aria-label={`Artifact ${name}`}>
      <div className={styles.cardHead}>
        {known ? (
          <Anchor fw={600} size="sm" renderRoot={(props) => <Link to="/artifacts/$id" params={{ id: artifact.artifact_id }} {...props} />}>
            {name}
          </Anchor>
        ) : (
          <Text fw={600} size="sm">
            {name}
          </Text>
        )}
        <Text size="sm" c="dimmed">
          {artifact.type.replace(/^system\./, "")}
          {artifact.size === null || isMetrics(artifact.type) ? "" : `, ${size(artifact.size)}`}
        </Text>
        {artifact.digest !== "" && (
          <Text size="xs" c="dimmed" title={artifact.digest}>
            digest {shortDigest(artifact.digest.replace(/^.*:/, ""))}
          </Text>
        )}
        {known && (
          <Button aria-expanded={open} leftSection={<Arrow aria-hidden size={16} />} onClick={() => setOpen(!open)} size="compact-sm" variant="default">
            {open ? "Hide" : "Show"}
            <span style={{ position: "absolute", width: 1, height: 1, overflow: "hidden", clipPath: "inset(50%)" }}> {name}</span>
          </Button>
        )}
      </div>
      {!known && (
        <div className={styles.cardBody}>
          <CopyText text={artifact.uri} what="the address" />
          <Text size="sm" c="dimmed">
            Nothing else was recorded of it.
          </Text>
        </div>
      )}
      {known && open && <div className={styles.cardBody}>{children}</div>}
    </section>
  );
}
