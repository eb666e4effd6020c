// What an author says of a pipeline. Long texts are folded.

import { Spoiler, Text } from "@mantine/core";

const LONG = 500;
const LINES = 6;

export function Description({ text }: { text: string }) {
  if (text === "") return null;
  const whole = (
    <Text maw="70ch" mb="md" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
      {text}
    </Text>
  );
  if (text.length < LONG && text.split("\n").length <= LINES) return whole;
  return (
    <Spoiler maxHeight={140} showLabel="Show all of it" hideLabel="Show less" mb="md">
      {whole}
    </Spoiler>
  );
}
