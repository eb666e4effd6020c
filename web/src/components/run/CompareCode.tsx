// What runs executed side by side, by component: whether it was the same code.

import { type CodeRow, shortDigest } from "../../model/recorded";
import { EmptyState } from "../EmptyState";
import styles from "./compare.module.css";
import { type CompareColumn, CompareTable } from "./CompareTable";

export function CompareCode({ columns, rows, only }: { columns: readonly CompareColumn[]; rows: readonly CodeRow[]; only: boolean }) {
  const shown = only ? rows.filter((row) => row.differs) : rows;
  if (rows.length === 0) return <EmptyState title="Nothing was executed">Or these runs were recorded before digests of code were.</EmptyState>;
  if (shown.length === 0) return <EmptyState title="All steps ran the same code">Switch “Only differences” off to see the digests.</EmptyState>;
  return (
    <CompareTable
      label="Code"
      corner="Component"
      columns={columns}
      rows={shown.map((row) => ({
        id: row.component,
        heading: row.component,
        differs: row.differs,
        cells: row.cells.map((digests) => (digests.length === 0 ? <span className={styles.hint}>not known</span> : <code title={digests.join(", ")}>{digests.map(shortDigest).join(", ")}</code>)),
      }))}
    />
  );
}
