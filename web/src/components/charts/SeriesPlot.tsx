// The drawing of series. Loaded when a page shows one: it brings a library of its own.

import { CartesianGrid, type DotItemDotProps, Line, LineChart, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";

import { type Dot, type Mark, type Plot, type Scale, tickText } from "../../model/series";
import { dashOf, toneOf } from "./curves";
import classes from "./charts.module.css";

interface Hovered {
  readonly name?: string | number;
  readonly payload?: Dot | Mark;
}

function Hint({ payload = [], only }: { payload?: readonly Hovered[]; only: boolean }) {
  const found = payload.flatMap(({ name, payload: dot }) => (dot !== undefined && "text" in dot ? [{ name, dot }] : []));
  const [first] = found;
  if (first === undefined) return null;
  return (
    <div className={classes.hint}>
      <div>Step {first.dot.step.toLocaleString("en")}</div>
      {found.map(({ name, dot }, at) => (
        <div key={at}>
          {!only && `${name ?? ""}: `}
          <strong>{dot.text}</strong>
        </div>
      ))}
    </div>
  );
}

/** As lines from the middle of the sign; infinities point to where they lie. */
const SIGNS = { NaN: "m-4 -4l8 8m0 -8l-8 8", Infinity: "m0 -4l4 8h-8z", "-Infinity": "m0 4l4 -8h-8z" } as const;

/** A line of not more points than these shows each of them. */
const FEW = 30;

export default function SeriesPlot({ plot, scale }: { plot: Plot; scale: Scale }) {
  const tick = { fill: "var(--mantine-color-text)", fontSize: 12 };
  const axis = { stroke: "var(--mantine-color-dimmed)", tick, tickFormatter: tickText, type: "number" } as const;
  return (
    <div className={classes.plot} data-small>
      <ResponsiveContainer height="100%" width="100%">
        <LineChart accessibilityLayer margin={{ top: 16, right: 16, bottom: 20, left: 0 }}>
          <CartesianGrid stroke="var(--line-soft)" />
          <XAxis {...axis} allowDecimals={false} allowDuplicatedCategory={false} dataKey="step" domain={[...plot.x]} label={{ value: "Step", position: "insideBottom", offset: -12, fill: "var(--mantine-color-text)" }} minTickGap={24} />
          <YAxis {...axis} domain={[...plot.y]} scale={scale} ticks={[...plot.ticks]} width={56} />
          {plot.attempts.map(({ step, attempt }) => (
            <ReferenceLine key={attempt} label={{ value: `attempt ${attempt}`, position: "top", fill: "var(--mantine-color-dimmed)", fontSize: 11 }} stroke="var(--mantine-color-dimmed)" strokeDasharray="2 4" x={step} />
          ))}
          <Tooltip content={<Hint only={plot.lines.length === 1} />} filterNull={false} isAnimationActive={false} />
          {plot.lines.map(({ id, name, place, dots }) => (
            <Line activeDot={{ r: 4 }} data={[...dots]} dataKey="value" dot={dots.length <= FEW ? { r: 2 } : (props: DotItemDotProps) => <Lone at={props} key={props.index} tone={toneOf(place)} />} isAnimationActive={false} key={id} name={name} stroke={toneOf(place)} strokeDasharray={dashOf(place)} strokeWidth={2} type="linear" />
          ))}
          {plot.lines.map(({ id, place, marks }) => (
            <Line activeDot={false} data={[...marks]} dataKey="edge" dot={(props: DotItemDotProps) => <Sign key={props.index} at={props} tone={toneOf(place)} />} isAnimationActive={false} key={`marks of ${id}`} stroke="none" tooltipType="none" />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </div>
  );
}

function Lone({ at: { cx, cy, payload }, tone }: { at: DotItemDotProps; tone: string }) {
  return (payload as Dot).alone ? <circle cx={cx} cy={cy} fill={tone} r={2} /> : null;
}

function Sign({ at: { cx, cy, payload }, tone }: { at: DotItemDotProps; tone: string }) {
  if (cx === undefined || cy === undefined) return null;
  const { kind } = payload as Mark;
  return <path d={`M${cx} ${cy}${SIGNS[kind]}`} fill={kind === "NaN" ? "none" : tone} stroke={tone} strokeWidth={1.5} />;
}
