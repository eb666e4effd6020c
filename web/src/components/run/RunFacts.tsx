// What a run is, in a few lines below its name.

import { Anchor, Button, Text } from "@mantine/core";
import { IconTag } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { count } from "../../model/durations";
import type { RunDetail, TaskSummary } from "../../model/messages";
import { stateChoices } from "../../model/run";
import { hasEnded } from "../../model/states";
import { CopyText } from "../CopyText";
import { Duration } from "../Duration";
import { PinMark } from "../runs/PinMark";
import { TagChips } from "../runs/TagChips";
import { StateBadge } from "../StateBadge";
import { Time } from "../Time";
import styles from "./run.module.css";

/** `onTags`: opens what changes the tags; left out where they cannot be changed. */
export function RunFacts({ run, onTags }: { run: RunDetail; onTags?: () => void }) {
  const { pipeline, experiment } = run;
  return (
    <div className={styles.line}>
      <span>
        {run.started_at === null ? "Created" : "Started"} <Time at={run.started_at ?? run.created_at} />
      </span>
      {run.started_at !== null && (
        <span>
          {run.finished_at === null ? "running for" : "took"} <Duration from={run.started_at} to={run.finished_at} />
        </span>
      )}
      <span>
        Pipeline{" "}
        {pipeline.pipeline_id === "" ? (
          <>{pipeline.name} (from a file)</>
        ) : pipeline.version_id === "" ? (
          <Anchor inherit underline="always" renderRoot={(props) => <Link to="/pipelines/$id" params={{ id: pipeline.pipeline_id }} {...props} />}>
            {pipeline.name}
          </Anchor>
        ) : (
          <Anchor inherit underline="always" renderRoot={(props) => <Link to="/pipelines/$id/versions/$vid" params={{ id: pipeline.pipeline_id, vid: pipeline.version_id }} {...props} />}>
            {pipeline.name}
            {pipeline.version_name === "" || pipeline.version_name === pipeline.name ? "" : `, ${pipeline.version_name}`}
          </Anchor>
        )}
      </span>
      <span>
        Experiment{" "}
        <Anchor inherit underline="always" renderRoot={(props) => <Link to="/runs" search={{ experiment: experiment.experiment_id }} {...props} />}>
          {experiment.name}
        </Anchor>
      </span>
      <CopyText text={run.run_id} what="run id" />
      <PinMark run={run} />
      <span className={styles.line} style={{ gap: "0.25rem" }}>
        <TagChips tags={run.tags} />
        {onTags !== undefined && (
          <Button variant="subtle" size="compact-xs" c="var(--mantine-color-anchor)" leftSection={<IconTag aria-hidden size={14} />} onClick={onTags}>
            {Object.keys(run.tags).length === 0 ? "Add tags" : "Edit tags"}
          </Button>
        )}
      </span>
    </div>
  );
}

/** How many steps are in which state; each leads to the table of these steps. */
export function StepCounts({ run, tasks }: { run: string; tasks: readonly TaskSummary[] }) {
  const over = tasks.filter((task) => hasEnded(task.state)).length;
  return (
    <ul className={styles.counts} aria-label="Steps by state">
      <li>
        <Text span size="sm" c="dimmed" mr={6}>
          {over === tasks.length ? count(tasks.length, "step") : `${over} of ${count(tasks.length, "step")} over`}
        </Text>
      </li>
      {stateChoices(tasks).map((one) => (
        <li key={one.state}>
          <Link to="/runs/$id" params={{ id: run }} search={(before) => ({ ...before, tab: "steps", state: [one.state], text: undefined })} resetScroll={false}>
            <StateBadge state={one.state} /> {one.count}
          </Link>
        </li>
      ))}
    </ul>
  );
}
