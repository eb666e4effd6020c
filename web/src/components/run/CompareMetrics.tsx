// The numbers of runs side by side: the best and the worst, and how far each is from the first run.

import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";

import { deltaText, type Direction, type MetricCell, type MetricRow } from "../../model/compare";
import { text } from "../../model/run";
import { EmptyState } from "../EmptyState";
import styles from "./compare.module.css";
import { type CompareColumn, CompareTable } from "./CompareTable";

interface Props {
  columns: readonly CompareColumn[];
  rows: readonly MetricRow[];
  only: boolean;
  onDirection: (row: string, direction: Direction) => void;
}

export function CompareMetrics({ columns, rows, only, onDirection }: Props) {
  if (rows.length === 0) {
    return (
      <EmptyState title="No numbers to compare">
        None of these runs has recorded one. Steps do with an output of type <code>Output[Metrics]</code>.
      </EmptyState>
    );
  }
  const shown = only ? rows.filter((row) => row.differs) : rows;
  if (shown.length === 0) return <EmptyState title="All numbers are the same">Switch “Only differences” off to see them.</EmptyState>;
  return (
    <CompareTable
      label="Numbers"
      corner="Metric"
      columns={columns}
      rows={shown.map((row) => ({
        id: row.id,
        heading: <Heading row={row} onDirection={onDirection} />,
        cells: row.cells.map((cell, index) => <Cell key={index} cell={cell} />),
      }))}
    />
  );
}

function Heading({ row, onDirection }: { row: MetricRow; onDirection: Props["onDirection"] }) {
  const other: Direction = row.direction === "higher" ? "lower" : "higher";
  const Icon = row.direction === "higher" ? IconArrowUp : IconArrowDown;
  return (
    <>
      <div>{row.key}</div>
      <div className={styles.hint}>
        {row.step}, {row.output}
      </div>
      {row.ranked && (
        <button type="button" className={styles.way} onClick={() => onDirection(row.id, other)} title={`Say that ${other} is better`}>
          <Icon aria-hidden size={13} />
          {row.direction} is better
        </button>
      )}
    </>
  );
}

function Cell({ cell }: { cell: MetricCell }) {
  if (cell.value === undefined) return <span className={styles.hint}>not recorded</span>;
  return (
    <>
      <span className={styles.number} title={text(cell.value)}>
        {cell.text}
      </span>{" "}
      {cell.delta !== undefined && <span className={`${styles.hint ?? ""} ${styles.number ?? ""}`}>{deltaText(cell.delta)}</span>}{" "}
      {cell.mark !== undefined && (
        <span className={styles.mark} data-mark={cell.mark}>
          {cell.mark}
        </span>
      )}
    </>
  );
}
