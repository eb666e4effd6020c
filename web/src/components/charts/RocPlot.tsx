// The drawing of ROC curves. Loaded when a page shows one: it brings a library of its own.

import { CartesianGrid, Line, LineChart, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { drawn, numberText, type Curve, type RocPoint } from "../../model/metrics";
import { dashOf, toneOf } from "./curves";
import classes from "./charts.module.css";

interface Hovered {
  readonly name?: string | number;
  readonly payload?: RocPoint;
}

const share = (value: number): string => numberText(Math.round(value * 10_000) / 10_000);

function Hint({ payload }: { payload?: readonly Hovered[] }) {
  const point = payload?.[0];
  if (!point?.payload) return null;
  return (
    <div className={classes.hint}>
      <strong>{point.name}</strong>
      <div>True positive rate {share(point.payload.tpr)}</div>
      <div>False positive rate {share(point.payload.fpr)}</div>
      {point.payload.threshold !== null && <div>Threshold {share(point.payload.threshold)}</div>}
    </div>
  );
}

/** The upper left is where good curves differ. */
const CORNER = 0.2;

export default function RocPlot({ curves, corner }: { curves: readonly (Curve & { place: number })[]; corner: boolean }) {
  const [right, bottom] = corner ? [CORNER, 1 - CORNER] : [1, 0];
  const tick = { fill: "var(--mantine-color-text)", fontSize: 12 };
  return (
    <div className={classes.plot}>
      <ResponsiveContainer height="100%" width="100%">
        <LineChart accessibilityLayer margin={{ top: 10, right: 20, bottom: 24, left: 8 }}>
          <CartesianGrid stroke="var(--line-soft)" />
          <XAxis allowDataOverflow dataKey="fpr" domain={[0, right]} label={{ value: "False positive rate", position: "insideBottom", offset: -14, fill: "var(--mantine-color-text)" }} stroke="var(--mantine-color-dimmed)" tick={tick} type="number" />
          <YAxis allowDataOverflow domain={[bottom, 1]} label={{ value: "True positive rate", angle: -90, position: "insideLeft", offset: 6, style: { textAnchor: "middle" }, fill: "var(--mantine-color-text)" }} stroke="var(--mantine-color-dimmed)" tick={tick} type="number" width={56} />
          <ReferenceLine ifOverflow="hidden" segment={[{ x: 0, y: 0 }, { x: 1, y: 1 }]} stroke="var(--mantine-color-dimmed)" strokeDasharray="2 4" />
          <Tooltip content={<Hint />} shared={false} />
          {curves.map((curve) => (
            <Line
              activeDot={{ r: 4 }}
              data={drawn(curve.points)}
              dataKey="tpr"
              dot={curve.points.length <= 30 ? { r: 2 } : false}
              isAnimationActive={false}
              key={curve.id}
              name={curve.name}
              stroke={toneOf(curve.place)}
              strokeDasharray={dashOf(curve.place)}
              strokeWidth={2}
              type="linear"
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}
