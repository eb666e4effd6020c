// What an artifact holds in its metadata: numbers, curves and matrices if it is one of metrics, and all else by name.

import { Stack, Text } from "@mantine/core";

import { isMetrics, judgementsOf, metricText, plainMetadata } from "../../model/metrics";
import { ConfusionMatrix } from "../charts/ConfusionMatrix";
import { RocChart } from "../charts/RocChart";
import styles from "./artifacts.module.css";

interface Props {
  name: string;
  type: string;
  metadata: Readonly<Record<string, unknown>>;
  /** What stands there when there is nothing. */
  empty?: string;
}

export function MetricsOf({ name, type, metadata, empty = "" }: Props) {
  const judgements = isMetrics(type) ? judgementsOf(metadata) : [];
  const plain = plainMetadata(metadata);
  if (judgements.length === 0 && plain.length === 0) return empty === "" ? null : <Text size="sm">{empty}</Text>;
  const curves = judgements.filter((one) => one.roc.length > 0).map((one, index) => ({ id: `${index}`, name: one.title || name, points: one.roc }));
  return (
    <Stack gap="md">
      {plain.length > 0 && (
        <dl className={styles.metadata}>
          {plain.map(([key, value]) => (
            <Fact key={key} name={key} value={value} />
          ))}
        </dl>
      )}
      {curves.length > 0 && <RocChart curves={curves} title={`ROC curve of ${name}`} />}
      {judgements.map((one, index) => one.matrix && <ConfusionMatrix key={index} matrix={one.matrix} title={one.title ? `${name}: ${one.title}` : name} />)}
    </Stack>
  );
}

function Fact({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{metricText(value)}</dd>
    </>
  );
}
