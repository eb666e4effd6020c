// A table of what the server lists: sorted and paged by the server, rows that can be selected, cards on phones.

import { Checkbox, Skeleton, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconArrowsSort } from "@tabler/icons-react";
import { type ReactNode, useRef } from "react";

import { allToggled, toggled } from "../model/tables";
import styles from "./DataTable.module.css";

export interface Column<Row> {
  id: string;
  label: string;
  cell: (row: Row) => ReactNode;
  /** The name by which the server sorts it. */
  sort?: string;
  align?: "right";
  /** Any CSS width. The column without one takes what is left. */
  width?: string;
  /** On phones: the heading of the card, or without its label. */
  card?: "title" | "plain";
}

export interface Sorting {
  by: string;
  descending: boolean;
}

export interface Selection {
  selected: ReadonlySet<string>;
  onChange: (selected: Set<string>) => void;
  /** What a row is called, for screen readers: `Select run ALPHA`. */
  name: (id: string) => string;
}

interface Props<Row> {
  /** What the table lists, for screen readers. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowId: (row: Row) => string;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  selection?: Selection;
  /** Stands in place of the rows when there are none. */
  empty: ReactNode;
  loading?: boolean;
  /** Other rows are on their way. */
  stale?: boolean;
}

export function DataTable<Row>({ label, columns, rows, rowId, sorting, onSort, selection, empty, loading = false, stale = false }: Props<Row>) {
  const last = useRef<string | null>(null);
  const ids = rows.map(rowId);
  const choose = (id: string, range: boolean): void => {
    selection?.onChange(toggled(selection.selected, ids, { id, last: last.current, range }));
    last.current = id;
  };
  if (!loading && rows.length === 0) return <>{empty}</>;
  return (
    <div className={styles.frame} data-stale={stale || undefined} aria-busy={loading || stale}>
      <table className={styles.table} role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {selection !== undefined && (
              <th role="columnheader" className={styles.check}>
                <Checkbox
                  size="xs"
                  aria-label="Select all on this page"
                  checked={ids.length > 0 && ids.every((id) => selection.selected.has(id))}
                  indeterminate={ids.some((id) => selection.selected.has(id)) && !ids.every((id) => selection.selected.has(id))}
                  onChange={() => selection.onChange(allToggled(selection.selected, ids))}
                />
              </th>
            )}
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} sorting={sorting} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {loading && rows.length === 0
            ? Array.from({ length: 6 }, (_, index) => <LoadingRow key={index} columns={columns.length + (selection === undefined ? 0 : 1)} />)
            : rows.map((row) => <BodyRow key={rowId(row)} row={row} id={rowId(row)} columns={columns} selection={selection} onChoose={choose} />)}
        </tbody>
      </table>
    </div>
  );
}

function HeadCell<Row>({ column, sorting, onSort }: { column: Column<Row>; sorting?: Sorting; onSort?: (sorting: Sorting) => void }) {
  const by = column.sort;
  const direction = sorting !== undefined && sorting.by === by ? (sorting.descending ? "descending" : "ascending") : undefined;
  const Icon = direction === undefined ? IconArrowsSort : direction === "descending" ? IconArrowDown : IconArrowUp;
  return (
    <th role="columnheader" scope="col" style={{ width: column.width, textAlign: column.align }} aria-sort={by === undefined ? undefined : (direction ?? "none")}>
      {by === undefined || onSort === undefined ? (
        column.label
      ) : (
        <UnstyledButton className={styles.sort} data-on={direction !== undefined || undefined} onClick={() => onSort({ by, descending: direction === undefined ? by !== "name" : direction === "ascending" })}>
          {column.label}
          <Icon size={14} aria-hidden />
        </UnstyledButton>
      )}
    </th>
  );
}

interface RowProps<Row> {
  row: Row;
  id: string;
  columns: readonly Column<Row>[];
  selection?: Selection;
  onChoose: (id: string, range: boolean) => void;
}

function BodyRow<Row>({ row, id, columns, selection, onChoose }: RowProps<Row>) {
  const chosen = selection?.selected.has(id) ?? false;
  return (
    <tr role="row" data-selected={chosen || undefined}>
      {selection !== undefined && (
        <td role="cell" className={styles.check}>
          <Checkbox size="xs" aria-label={`Select ${selection.name(id)}`} checked={chosen} onChange={() => undefined} onClick={(event) => onChoose(id, event.shiftKey)} />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.id} role="cell" data-label={column.label} data-card={column.card} style={{ textAlign: column.align }}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

function LoadingRow({ columns }: { columns: number }) {
  return (
    <tr role="row">
      {Array.from({ length: columns }, (_, index) => (
        <td key={index} role="cell">
          <Skeleton height={12} my={4} />
        </td>
      ))}
    </tr>
  );
}
