// A short list of pipelines, each to be run at once.

import { Anchor, Button, Skeleton } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import type { PipelineSummary } from "../../model/messages";
import { Time } from "../Time";
import styles from "./home.module.css";

export function PipelineLines({ pipelines }: { pipelines: readonly PipelineSummary[] | undefined }) {
  if (pipelines === undefined) return <Skeleton height="3.5rem" />;
  if (pipelines.length === 0) {
    return (
      <p className={styles.none}>
        None has been uploaded. <Anchor inherit underline="always" renderRoot={(props) => <Link to="/pipelines/upload" {...props} />}>Upload one</Anchor> to start it from here.
      </p>
    );
  }
  return (
    <ul className={styles.lines}>
      {pipelines.map((pipeline) => (
        <li key={pipeline.pipeline_id} className={styles.line}>
          <div className={styles.words}>
            <Anchor fw={550} renderRoot={(props) => <Link to="/pipelines/$id" params={{ id: pipeline.pipeline_id }} {...props} />}>
              {pipeline.display_name}
            </Anchor>
            <div className={styles.small}>
              uploaded <Time at={pipeline.latest_version?.created_at ?? pipeline.created_at} />
            </div>
          </div>
          {pipeline.latest_version !== null && (
            <Button size="compact-sm" variant="default" aria-label={`New run of ${pipeline.display_name}`} renderRoot={(props) => <Link to="/runs/new" search={{ pipeline: pipeline.pipeline_id }} {...props} />}>
              New run
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
