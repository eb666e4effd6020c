// The lines of a log, of which only those in sight are drawn. What is in sight stays there when lines are added before it.

import { Button } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef } from "react";

import { counted, type LogWindow, numberOf, rowAt, rowNear } from "../../model/logs";
import { LogLine } from "./LogLine";
import classes from "./logs.module.css";

const ROW = 20;
/** Pixels from an end at which more is read. */
const NEAR = 800;
const AT_END = 24;

/** A line that is asked for; each asking is another object. */
export interface Target {
  readonly offset: number;
}

interface Props {
  window: LogWindow;
  label: string;
  /** Whether there is more after the window. */
  more: boolean;
  searched: string;
  wrap: boolean;
  follow: boolean;
  target: Target | undefined;
  hrefOf: (offset: number) => string;
  onFollow: (follow: boolean) => void;
  onNearStart: () => void;
  onNearEnd: () => void;
  onPick: (offset: number) => void;
  onLastPage: () => void;
  /** The first line in sight, so that a search begins there. */
  onSight: (offset: number) => void;
}

export function LogLines(props: Props) {
  const { window, label, searched, wrap, follow, target, hrefOf, onPick } = props;
  const { lines } = window;
  const scroller = useRef<HTMLDivElement>(null);
  const numbers = useMemo(() => counted(lines), [lines]);
  const longest = useMemo(() => lines.reduce((most, line) => Math.max(most, line.text.length), 0), [lines]);
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are only called here, and nothing here is memoized by them
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 30,
    getItemKey: (index) => keyOf(window, index),
  });
  const onScroll = useScrolling(props, scroller, virtual);
  useEffect(() => virtual.measure(), [wrap, virtual]);
  const digits = Math.max(3, String((window.firstNumber ?? 0) + (numbers.at(-1) ?? 0)).length);
  return (
    <div className={classes.frame} style={{ "--digits": digits } as React.CSSProperties}>
      <div aria-label={label} className={classes.lines} onScroll={onScroll} ref={scroller} role="region" tabIndex={0}>
        <div className={classes.all} style={{ height: virtual.getTotalSize(), minWidth: wrap ? undefined : `calc(${longest + digits}ch + 4rem)` }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index];
            return line === undefined ? null : (
              <LogLine
                href={hrefOf(line.offset)}
                index={item.index}
                key={item.key}
                line={line}
                number={numberOf(window, numbers, item.index)}
                onPick={onPick}
                ref={wrap ? virtual.measureElement : undefined}
                searched={searched}
                target={target?.offset === line.offset && !line.continued}
                top={item.start}
                wrap={wrap}
              />
            );
          })}
        </div>
      </div>
      {!follow && (
        <Button className={classes.back} leftSection={<IconArrowDown aria-hidden size={16} />} onClick={props.onLastPage} size="compact-sm" variant="default">
          To the end
        </Button>
      )}
    </div>
  );
}

const keyOf = (window: LogWindow, index: number): string | number => {
  const line = window.lines[index];
  return line === undefined ? `-${index}` : line.exact || line.continued ? line.offset : `${line.offset}~${index}`;
};

type Virtual = ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>;

/** Keeps the place of the reader while lines come and go, and tells when an end is near. */
function useScrolling({ window, more, follow, target, ...tell }: Props, scroller: React.RefObject<HTMLDivElement | null>, virtual: Virtual): () => void {
  const anchor = useRef({ offset: 0, shift: 0 });
  const known = useRef({ start: window.start, top: 0 });
  const remember = (top: number): void => {
    known.current.top = top;
    const first = virtual.getVirtualItemForOffset(top);
    const line = first && window.lines[first.index];
    if (!first || !line) return;
    anchor.current = { offset: line.offset, shift: top - first.start };
    tell.onSight(line.offset);
  };
  const look = (): void => {
    const box = scroller.current;
    if (!box) return;
    const toEnd = box.scrollHeight - box.scrollTop - box.clientHeight;
    const left = follow && toEnd > AT_END && box.scrollTop < known.current.top - 2;
    const came = !follow && toEnd <= AT_END && !more;
    remember(box.scrollTop);
    if (left || came) tell.onFollow(came);
    if (box.scrollTop < NEAR && window.start > 0) tell.onNearStart();
    if (toEnd < NEAR && more) tell.onNearEnd();
  };
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    if (follow) {
      box.scrollTo({ top: box.scrollHeight });
    } else if (known.current.start !== window.start) {
      const { offset, shift } = anchor.current;
      const row = rowNear(window, offset);
      const here = offset >= window.start && offset < window.end;
      box.scrollTo({ top: here ? (virtual.measurementsCache[row]?.start ?? row * ROW) + shift : 0 });
    }
    known.current = { start: window.start, top: box.scrollTop };
  });
  useEffect(() => look(), [window]); // eslint-disable-line react-hooks/exhaustive-deps -- looks once for each window; `look` is new each time
  useEffect(() => {
    if (!target) return;
    const row = rowAt(window, target.offset);
    if (row >= 0) virtual.scrollToIndex(row, { align: "center" });
  }, [target, window.start]); // eslint-disable-line react-hooks/exhaustive-deps -- when a line is asked for, not when lines come
  return look;
}
