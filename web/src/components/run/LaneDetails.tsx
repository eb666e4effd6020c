// The phases of the step at which the reader points, in words.

import { Text } from "@mantine/core";

import { fine } from "../../model/durations";
import { fullName } from "../../model/steps";
import { type Lane, PHASES, type Segment } from "../../model/timeline";
import { StateBadge } from "../StateBadge";
import styles from "./timeline.module.css";

export function LaneDetails({ lane, from }: { lane: Lane | undefined; from: number }) {
  if (!lane) {
    return (
      <div className={styles.details}>
        <Text size="sm" c="dimmed">
          Point at a step, or go to it with the arrow keys, to read its phases here. A click opens it.
        </Text>
      </div>
    );
  }
  return (
    <div className={styles.details}>
      <strong>{fullName(lane)}</strong> <StateBadge state={lane.state} />
      <ol>
        {lane.segments.map((one) => (
          <li key={`${one.phase} ${one.from}`}>{segmentText(one, lane, from)}</li>
        ))}
        {lane.reusedAt !== undefined && <li>result reused at {fine(lane.reusedAt - from)}</li>}
        {lane.segments.length === 0 && lane.reusedAt === undefined && <li>It did not begin.</li>}
      </ol>
    </div>
  );
}

const segmentText = (one: Segment, lane: Lane, from: number): string => {
  const attempt = one.attempt > 0 && lane.attempts > 1 && one.phase !== "queued" ? `, attempt ${one.attempt}` : "";
  const failed = one.failed ? ", failed" : "";
  return `${PHASES[one.phase].label} ${fine(one.to - one.from)}${one.open ? " so far" : ""} (from ${fine(one.from - from)}${attempt}${failed})`;
};
