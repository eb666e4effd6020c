// The parameters of runs side by side.

import type { ParameterRow } from "../../model/compare";
import { EmptyState } from "../EmptyState";
import styles from "./compare.module.css";
import { type CompareColumn, CompareTable } from "./CompareTable";

export function CompareParameters({ columns, rows, only }: { columns: readonly CompareColumn[]; rows: readonly ParameterRow[]; only: boolean }) {
  if (rows.length === 0) return <EmptyState title="No parameters">The pipelines of these runs have none.</EmptyState>;
  const shown = only ? rows.filter((row) => row.differs) : rows;
  if (shown.length === 0) return <EmptyState title="All parameters are the same">Switch “Only differences” off to see them.</EmptyState>;
  return (
    <CompareTable
      label="Parameters"
      corner="Parameter"
      columns={columns}
      rows={shown.map((row) => ({
        id: row.name,
        heading: row.name,
        differs: row.differs,
        cells: row.cells.map((cell) =>
          cell.origin === "missing" ? (
            <span className={styles.hint}>no such parameter</span>
          ) : (
            <>
              <span className={styles.value}>{cell.text === "" ? "“”" : cell.text}</span>
              {cell.origin === "default" && <span className={styles.hint}> (default)</span>}
            </>
          ),
        ),
      }))}
    />
  );
}
