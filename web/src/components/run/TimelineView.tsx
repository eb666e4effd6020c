// What each step did when, as bars: by mouse or by arrow keys one step after the other, with its phases in words below.

import { ActionIcon, Group, SegmentedControl, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight, IconZoomIn, IconZoomOut } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";

import { duration, fine } from "../../model/durations";
import type { TaskSummary } from "../../model/messages";
import { type Folding, fullName } from "../../model/steps";
import { inWords, type Lane, type LaneOrder, type LaneRow, laneRows, ordered, type Phase, PHASES, ticks, type Timeline } from "../../model/timeline";
import { SaveMenu, type Saving } from "../charts/SaveMenu";
import { StateIconOf, toneStyle } from "../StateBadge";
import { LOOKS } from "../../model/states";
import { LaneDetails } from "./LaneDetails";
import styles from "./timeline.module.css";

const MOST_ZOOM = 64;

interface Props {
  tasks: readonly TaskSummary[];
  timeline: Timeline;
  selected: string | undefined;
  onSelect: (task: string) => void;
  waysToSave: (lanes: readonly Lane[]) => readonly Saving[];
}

export function TimelineView({ tasks, timeline, selected, onSelect, waysToSave }: Props) {
  const [order, setOrder] = useState<LaneOrder>("start");
  const [zoom, setZoom] = useState(1);
  const [active, setActive] = useState<string>();
  const [folding, setFolding] = useState<Folding>({});
  const rows = useMemo(() => laneRows(tasks, timeline.lanes, order, folding), [tasks, timeline, order, folding]);
  const grouped = timeline.lanes.some((one) => one.group);
  return (
    <div>
      <div className={styles.tools}>
        <SegmentedControl
          aria-label="Order of the steps"
          size="xs"
          value={order}
          onChange={setOrder}
          data={[
            { value: "start", label: "By start" },
            { value: "longest", label: "Longest first" },
            { value: "name", label: "By name" },
          ]}
        />
        <Group gap={4}>
          <ActionIcon aria-label="Zoom out" variant="default" disabled={zoom <= 1} onClick={() => setZoom(zoom / 2)}>
            <IconZoomOut size={16} />
          </ActionIcon>
          <ActionIcon aria-label="Zoom in" variant="default" disabled={zoom >= MOST_ZOOM} onClick={() => setZoom(zoom * 2)}>
            <IconZoomIn size={16} />
          </ActionIcon>
          <Text size="sm" c="dimmed">
            {fine(timeline.to - timeline.from)} in all
          </Text>
        </Group>
        <SaveMenu subject="the timeline" ways={waysToSave(ordered(timeline.lanes.filter((one) => !one.group), order))} />
      </div>
      <Legend grouped={grouped} />
      <Lanes
        timeline={timeline}
        rows={rows}
        nested={order === "start"}
        zoom={zoom}
        active={active}
        selected={selected}
        onActive={setActive}
        onSelect={onSelect}
        onFold={(task, open) => setFolding((before) => ({ ...before, [task]: open }))}
      />
      <LaneDetails lane={timeline.lanes.find((one) => one.taskId === active)} from={timeline.from} />
    </div>
  );
}

function Legend({ grouped }: { grouped: boolean }) {
  const phases = Object.keys(PHASES) as Phase[];
  return (
    <ul className={styles.legend} aria-label="What the bars mean">
      {phases.map((phase) => (
        <li key={phase} title={PHASES[phase].meaning}>
          <span aria-hidden className={styles.swatch}>
            <span className={styles.bar} data-phase={phase} />
          </span>
          {phase === "running" ? "Ran" : PHASES[phase].label}
        </li>
      ))}
      <li title={PHASES.running.meaning}>
        <span aria-hidden className={styles.swatch}>
          <span className={styles.bar} data-phase="running" data-open />
        </span>
        Running now
      </li>
      <li>
        <span aria-hidden className={styles.swatch}>
          <span className={styles.bar} data-phase="running" data-failed />
        </span>
        Failed
      </li>
      <li>
        <span aria-hidden className={styles.swatch}>
          <span className={styles.reused} />
        </span>
        Result reused
      </li>
      {grouped && (
        <li title="from the first step in it to the last">
          <span aria-hidden className={styles.swatch}>
            <span className={styles.bar} data-phase="running" data-group />
          </span>
          Group
        </li>
      )}
    </ul>
  );
}

interface LanesProps {
  timeline: Timeline;
  rows: readonly LaneRow[];
  /** Whether lanes stand below their groups; else each names its own. */
  nested: boolean;
  zoom: number;
  active: string | undefined;
  selected: string | undefined;
  onActive: (task: string) => void;
  onSelect: (task: string) => void;
  onFold: (task: string, open: boolean) => void;
}

function Lanes({ timeline, rows, nested, zoom, active, selected, onActive, onSelect, onFold }: LanesProps) {
  const box = useRef<HTMLDivElement>(null);
  const phone = useMediaQuery("(max-width: 48em)", false, { getInitialValueInEffect: false });
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are only called here, and nothing here is memoized by them
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => (phone ? 50 : 30), overscan: 15, initialRect: { width: 800, height: 600 } });
  const folds = rows.some((row) => row.open !== undefined);
  const current = Math.max(0, rows.findIndex((one) => one.lane.taskId === active));
  const step = (event: KeyboardEvent): void => {
    const here = rows[current];
    const fold = { ArrowRight: true, ArrowLeft: false }[event.key];
    if (here?.open !== undefined && fold !== undefined) {
      event.preventDefault();
      onFold(here.lane.taskId, fold);
    }
    const to = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: rows.length - 1 }[event.key];
    const lane = to === undefined ? undefined : rows[to]?.lane;
    if (to === undefined || !lane) return;
    event.preventDefault();
    onActive(lane.taskId);
    virtual.scrollToIndex(to);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-index="${to}"]`)?.focus());
  };
  return (
    <div className={styles.box} ref={box} role="group" aria-label="Timeline of the steps; arrow keys go from one to the next, right and left unfold and fold a group" onKeyDown={step}>
      <div className={styles.inner} style={{ width: `${zoom * 100}%` }}>
        <Axis span={timeline.to - timeline.from} marks={(phone ? 3 : 7) * zoom} />
        <div className={styles.lanes} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const { lane } = row;
            return (
              <button
                key={lane.taskId}
                type="button"
                className={styles.lane}
                style={{ top: item.start }}
                data-index={item.index}
                data-on={lane.taskId === selected || lane.taskId === active || undefined}
                aria-expanded={row.open}
                tabIndex={item.index === current ? 0 : -1}
                onClick={(event) => (isFold(event.target) && row.open !== undefined ? onFold(lane.taskId, !row.open) : onSelect(lane.taskId))}
                onFocus={() => onActive(lane.taskId)}
                onMouseEnter={() => onActive(lane.taskId)}
              >
                <LaneBars row={row} folds={folds} name={nested ? lane.name : fullName(lane)} timeline={timeline} />
              </button>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** The mark before a group's name; a button cannot stand in a button. */
const isFold = (target: EventTarget): boolean => target instanceof Element && target.closest("[data-fold]") !== null;

function Axis({ span, marks }: { span: number; marks: number }) {
  return (
    <div className={styles.axis} aria-hidden>
      <span>Step</span>
      <div className={styles.scale}>
        {ticks(span, marks).map((at) => (
          <span key={at} className={styles.tick} style={{ left: `${(at / span) * 100}%` }}>
            {at === 0 ? "0" : at < 1000 ? `${at} ms` : duration(at / 1000).replace(/\.0 s$/, " s")}
          </span>
        ))}
      </div>
    </div>
  );
}

function LaneBars({ row: { lane, depth, open }, folds, name, timeline }: { row: LaneRow; folds: boolean; name: string; timeline: Timeline }) {
  const Fold = open === true ? IconChevronDown : IconChevronRight;
  const span = timeline.to - timeline.from;
  const place = (at: number): string => `${((at - timeline.from) / span) * 100}%`;
  const last = lane.segments.at(-1);
  const ran = lane.segments.reduce((sum, one) => (one.phase === "running" ? sum + one.to - one.from : sum), 0);
  return (
    <>
      <span className={styles.name} title={fullName(lane)} style={{ paddingInlineStart: `calc(var(--edge) + ${Math.min(depth, 8) * 0.7}rem)` }}>
        {folds && (
          <span data-fold className={styles.fold} aria-hidden>
            {open !== undefined && <Fold size={14} />}
          </span>
        )}
        <span style={{ ...toneStyle(LOOKS[lane.state].tone), background: "none", display: "inline-flex" }}>
          <StateIconOf state={lane.state} size={15} />
        </span>
        <span>
          {name}
          <span className={styles.unseen}>
            : {LOOKS[lane.state].label}, {inWords(lane)}
          </span>
        </span>
      </span>
      <span aria-hidden className={styles.bars}>
        {lane.segments.map((one) => (
          <span
            key={`${one.phase} ${one.from}`}
            className={styles.bar}
            data-phase={one.phase}
            data-group={lane.group || undefined}
            data-open={one.open || undefined}
            data-failed={one.failed || undefined}
            style={{ left: place(one.from), width: `${((one.to - one.from) / span) * 100}%` }}
          />
        ))}
        {lane.reusedAt !== undefined && <span className={styles.reused} style={{ left: place(lane.reusedAt) }} />}
        {last !== undefined && ran > 0 && (
          <span className={styles.took} style={{ left: place(last.to) }}>
            {fine(ran)}
          </span>
        )}
      </span>
    </>
  );
}
