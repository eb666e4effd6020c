// A long table of which only the rows in sight are drawn; rows are as high as what is in them. On phones each row is a card.

import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type ReactNode, useRef } from "react";

import styles from "./run.module.css";

export interface RowColumn<Row> {
  readonly id: string;
  readonly label: string;
  /** A size of a CSS grid. */
  readonly width: string;
  readonly cell: (row: Row) => ReactNode;
  readonly sorts?: boolean;
  readonly number?: boolean;
  /** On phones: a line of its own. */
  readonly wide?: boolean;
}

interface Props<Row> {
  label: string;
  columns: readonly RowColumn<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  sorting?: { by: string | undefined; descending: boolean };
  onSort?: (column: string) => void;
  selected?: string;
  onRow?: (row: Row) => void;
}

export function VirtualRows<Row>({ label, columns, rows, rowId, sorting, onSort, selected, onRow }: Props<Row>) {
  const box = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are only called here, and nothing here is memoized by them
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => 40,
    overscan: 10,
    initialRect: { width: 800, height: 600 },
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : rowId(row);
    },
  });
  const style = { "--columns": columns.map((column) => column.width).join(" ") } as CSSProperties;
  return (
    <div className={styles.rows} ref={box} style={style} tabIndex={0} role="table" aria-label={label} aria-rowcount={rows.length + 1}>
      <div role="rowgroup">
        <div className={styles.rowsHead} role="row" aria-rowindex={1}>
          {columns.map((column) => (
            <Head key={column.id} column={column} sorting={sorting} onSort={onSort} />
          ))}
        </div>
      </div>
      <div className={styles.rowsAll} role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          return row === undefined ? null : (
            <div
              key={item.key}
              className={styles.row}
              role="row"
              aria-rowindex={item.index + 2}
              data-click={onRow !== undefined || undefined}
              data-index={item.index}
              data-on={selected === rowId(row) || undefined}
              ref={virtual.measureElement}
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={(event) => !isControl(event.target) && onRow?.(row)}
            >
              {columns.map((column) => (
                <div key={column.id} role="cell" className={column.number ? styles.number : undefined} data-wide={column.wide ? true : undefined}>
                  {column.cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Whether a click is for something in the row, or marks text in it. */
const isControl = (target: EventTarget): boolean => (target instanceof Element && target.closest("a, button") !== null) || !window.getSelection()?.isCollapsed;

function Head<Row>({ column, sorting, onSort }: { column: RowColumn<Row>; sorting: Props<Row>["sorting"]; onSort: Props<Row>["onSort"] }) {
  const on = sorting?.by === column.id ? sorting : undefined;
  const Icon = on?.descending ? IconArrowDown : IconArrowUp;
  const sortable = column.sorts === true && onSort !== undefined;
  return (
    <div role="columnheader" aria-sort={sortable ? (on ? (on.descending ? "descending" : "ascending") : "none") : undefined} className={column.number ? styles.number : undefined}>
      {sortable ? (
        <button type="button" onClick={() => onSort(column.id)}>
          {column.label}
          {on && <Icon size={14} aria-hidden />}
        </button>
      ) : (
        column.label
      )}
    </div>
  );
}
