// ROC curves on one plot, with a legend that hides and shows them, the areas under them, and the points as a file.

import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { lazy, Suspense, useId, useState } from "react";

import { patiently } from "../../patient";
import { areaUnder, drawn, numberText, type Curve } from "../../model/metrics";
import { LoadingPage } from "../LoadingPage";
import { waysToSave } from "./drawings";
import { Legend, useHidden } from "./Legend";
import { SaveMenu } from "./SaveMenu";

const RocPlot = lazy(() => patiently(() => import("./RocPlot")));

export function RocChart({ curves, title }: { curves: readonly Curve[]; title: string }) {
  const id = useId();
  const [hidden, toggle] = useHidden();
  const [part, setPart] = useState("whole");
  const [trouble, setTrouble] = useState("");
  const placed = curves.map((curve, place) => ({ ...curve, place, label: named(curve) }));
  const shown = placed.filter((curve) => !hidden.has(curve.id));
  const rows = () => curves.flatMap((curve) => drawn(curve.points).map((point) => [curve.name, point.fpr, point.tpr, point.threshold]));
  const columns = ["curve", "false_positive_rate", "true_positive_rate", "threshold"];
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text fw={600}>{title}</Text>
        <Group gap="xs">
          <SegmentedControl
            aria-label="Part of the plot"
            size="xs"
            value={part}
            onChange={setPart}
            data={[
              { value: "whole", label: "Whole" },
              { value: "corner", label: "Upper left" },
            ]}
          />
          <SaveMenu subject={title} ways={waysToSave({ id, names: [title, "roc"], shown, columns, rows, onTrouble: setTrouble })} />
        </Group>
      </Group>
      <div aria-label={`ROC curves: ${curves.map((curve) => curve.name).join("; ")}`} id={id} role="figure">
        <Suspense fallback={<LoadingPage height="360px" />}>
          <RocPlot corner={part === "corner"} curves={shown} />
        </Suspense>
      </div>
      <Legend items={placed} hidden={hidden} onToggle={toggle} />
      <Text c="dimmed" size="sm">
        The dotted line is what guessing gives.
      </Text>
      {trouble !== "" && <Text size="sm">{trouble}</Text>}
    </Stack>
  );
}

const named = (curve: Curve): string => `${curve.name}: area under it ${numberText(Math.round(areaUnder(curve.points) * 10_000) / 10_000)}`;
