// What the cache decided for a step, in words, with the way to the step whose result it is.

import { Stack, Text } from "@mantine/core";

import type { CacheDecision } from "../../model/messages";
import { Time } from "../Time";
import { StepLink } from "./StepOverview";

export function CacheNote({ cache }: { cache: CacheDecision }) {
  const from = cache.cached_from;
  return (
    <Stack gap={4}>
      <Text size="sm">
        <strong>Cache:</strong> {cache.text}
      </Text>
      {from !== null && (
        <Text size="sm">
          {from.run_name === "" ? (
            `The run it comes from, ${from.run_id}, was deleted.`
          ) : (
            <>
              Made by <StepLink run={from.run_id} runName={from.run_name} task={from.task_id} />
              {from.at !== null && (
                <>
                  , <Time at={from.at} />
                </>
              )}
            </>
          )}
        </Text>
      )}
      {cache.reused_by.length > 0 && (
        <Text size="sm" component="div">
          Reused by
          <ul style={{ margin: 0, paddingLeft: "1.2rem" }}>
            {cache.reused_by.map((one) => (
              <li key={`${one.run_id} ${one.task_id}`}>
                <StepLink run={one.run_id} runName={one.run_name} task={one.task_id} />
              </li>
            ))}
          </ul>
        </Text>
      )}
    </Stack>
  );
}
