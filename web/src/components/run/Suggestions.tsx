// What a step should ask for of its machine, by what was measured.

import { Text, Title } from "@mantine/core";

import type { Suggestion } from "../../model/messages";
import { reasonText } from "../../model/recorded";
import { CopyText } from "../CopyText";
import styles from "./run.module.css";

export function Suggestions({ suggestions }: { suggestions: readonly Suggestion[] }) {
  if (suggestions.length === 0) return null;
  return (
    <section aria-label="Suggested requests" className={styles.card}>
      <div className={styles.cardBody} style={{ borderTop: "none" }}>
        <Title order={3} size="h6">
          Suggested requests
        </Title>
        {suggestions.map((one) => (
          <div key={one.resource}>
            <CopyText text={one.call} what={`the ${one.resource} request`} />
            <Text size="sm" c="dimmed">
              {reasonText(one)}
            </Text>
          </div>
        ))}
      </div>
    </section>
  );
}
