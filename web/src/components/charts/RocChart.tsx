// ROC curves on one plot, with a legend that hides and shows them, the areas under them, and the points as a file.

import { Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { lazy, Suspense, useId, useState } from "react";

import { patiently } from "../../patient";
import type { LegendLine } from "../../model/charts";
import { fileName } from "../../model/files";
import { areaUnder, drawn, numberText, type Curve } from "../../model/metrics";
import { LoadingPage } from "../LoadingPage";
import { dashOf, toneOf } from "./curves";
import classes from "./charts.module.css";
import { saveCsv, savePng, saveSvg } from "./save";
import { SaveMenu } from "./SaveMenu";

const RocPlot = lazy(() => patiently(() => import("./RocPlot")));

export function RocChart({ curves, title }: { curves: readonly Curve[]; title: string }) {
  const id = useId();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [part, setPart] = useState("whole");
  const [trouble, setTrouble] = useState("");
  const placed = curves.map((curve, place) => ({ ...curve, place }));
  const shown = placed.filter((curve) => !hidden.has(curve.id));
  const toggle = (curve: string) =>
    setHidden((before) => {
      const after = new Set(before);
      if (!after.delete(curve)) after.add(curve);
      return after;
    });
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
          <SaveMenu subject={title} ways={waysToSave({ id, title, curves, shown, onTrouble: setTrouble })} />
        </Group>
      </Group>
      <div aria-label={`ROC curves: ${curves.map((curve) => curve.name).join("; ")}`} id={id} role="figure">
        <Suspense fallback={<LoadingPage height="360px" />}>
          <RocPlot corner={part === "corner"} curves={shown} />
        </Suspense>
      </div>
      <Legend curves={placed} hidden={hidden} onToggle={toggle} />
      <Text c="dimmed" size="sm">
        The dotted line is what guessing gives.
      </Text>
      {trouble !== "" && <Text size="sm">{trouble}</Text>}
    </Stack>
  );
}

function Legend({ curves, hidden, onToggle }: { curves: readonly (Curve & { place: number })[]; hidden: ReadonlySet<string>; onToggle: (id: string) => void }) {
  return (
    <ul className={classes.legend}>
      {curves.map((curve) => (
        <li key={curve.id}>
          <svg aria-hidden height="10" width="28">
            <line stroke={toneOf(curve.place)} strokeDasharray={dashOf(curve.place)} strokeWidth="3" x1="0" x2="28" y1="5" y2="5" />
          </svg>
          <button aria-pressed={!hidden.has(curve.id)} onClick={() => onToggle(curve.id)} title="Hide or show this curve" type="button">
            {named(curve)}
          </button>
        </li>
      ))}
    </ul>
  );
}

const named = (curve: Curve): string => `${curve.name}: area under it ${numberText(Math.round(areaUnder(curve.points) * 10_000) / 10_000)}`;

interface Saved {
  readonly id: string;
  readonly title: string;
  readonly curves: readonly Curve[];
  /** Those that are drawn now. */
  readonly shown: readonly (Curve & { place: number })[];
  readonly onTrouble: (text: string) => void;
}

/** The names of the drawn curves, with the colours that the page gives them. */
const legendOf = (shown: readonly (Curve & { place: number })[], drawing: SVGSVGElement): LegendLine[] => {
  const lines = drawing.querySelectorAll<SVGPathElement>("path.recharts-line-curve");
  return shown.map((curve, index) => {
    const line = lines[index];
    return { name: named(curve), colour: line ? getComputedStyle(line).stroke : "gray", dashes: dashOf(curve.place) ?? "" };
  });
};

const waysToSave = ({ id, title, curves, shown, onTrouble }: Saved) => {
  const name = (ending: string) => fileName([title, "roc"], ending);
  const withDrawing = (act: (drawing: SVGSVGElement, legend: LegendLine[]) => void) => () => {
    const drawing = document.getElementById(id)?.querySelector<SVGSVGElement>("svg.recharts-surface");
    if (drawing) act(drawing, legendOf(shown, drawing));
  };
  const points = curves.flatMap((curve) => drawn(curve.points).map((point) => [curve.name, point.fpr, point.tpr, point.threshold]));
  return [
    { label: "PNG", save: withDrawing((drawing, legend) => void savePng(name("png"), drawing, legend).catch((error: unknown) => onTrouble(String(error)))) },
    { label: "SVG", save: withDrawing((drawing, legend) => saveSvg(name("svg"), drawing, legend)) },
    { label: "CSV", save: () => saveCsv(name("csv"), ["curve", "false_positive_rate", "true_positive_rate", "threshold"], points) },
  ];
};
