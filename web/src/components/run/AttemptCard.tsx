// One attempt of a step: how it ended, what it used, its phases, its failure, and the way to its log.

import { Button, Group, Stack, Title } from "@mantine/core";
import { IconFileText } from "@tabler/icons-react";

import { fine, size } from "../../model/durations";
import type { Attempt } from "../../model/messages";
import { requestsText } from "../../model/recorded";
import { attemptState, LOOKS } from "../../model/states";
import { StateBadge } from "../StateBadge";
import { Facts } from "./Facts";
import { FailureNote } from "./FailureNote";
import { PhaseList } from "./PhaseList";
import styles from "./run.module.css";

export function AttemptCard({ attempt, onLog }: { attempt: Attempt; onLog: (attempt: number) => void }) {
  const state = attemptState(attempt);
  return (
    <section className={styles.card} aria-label={`Attempt ${attempt.number}`}>
      <div className={styles.cardHead}>
        <Title order={3} size="h5">
          Attempt {attempt.number}
        </Title>
        <StateBadge state={state} />
        <Button leftSection={<IconFileText aria-hidden size={16} />} onClick={() => onLog(attempt.number)} size="compact-sm" variant="default">
          Log, {size(attempt.log_size)}
        </Button>
      </div>
      <Stack gap="sm" className={styles.cardBody}>
        <Facts
          facts={[
            ["Cause", attempt.cause],
            ["Exit code", attempt.exit_code === null ? "" : String(attempt.exit_code)],
            ["Asked for", requestsText(attempt)],
            ["CPU time", attempt.cpu_seconds === null ? "" : fine(attempt.cpu_seconds * 1000)],
            ["Peak memory", attempt.peak_memory === null ? "" : size(attempt.peak_memory)],
            ["Log", attempt.log_note],
          ]}
        />
        {attempt.failure !== null && <FailureNote failure={attempt.failure} calm={state === "CANCELED"} title={state === "CANCELED" ? LOOKS[state].label : undefined} />}
        <Group>
          <PhaseList attempt={attempt} />
        </Group>
      </Stack>
    </section>
  );
}

