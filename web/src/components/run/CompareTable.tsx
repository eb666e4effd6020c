// Rows of values, one column for each run.

import type { CSSProperties, ReactNode } from "react";

import styles from "./compare.module.css";

export interface CompareColumn {
  readonly id: string;
  readonly heading: ReactNode;
}

export interface CompareRow {
  readonly id: string;
  readonly heading: ReactNode;
  readonly cells: readonly ReactNode[];
  readonly differs?: boolean;
}

interface Props {
  label: string;
  corner: string;
  columns: readonly CompareColumn[];
  rows: readonly CompareRow[];
}

export function CompareTable({ label, corner, columns, rows }: Props) {
  return (
    <div className={styles.box} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.table} aria-label={label} style={{ "--runs": columns.length } as CSSProperties}>
        <thead>
          <tr>
            <th scope="col">{corner}</th>
            {columns.map((column) => (
              <th key={column.id} scope="col">
                {column.heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} className={row.differs ? styles.differs : undefined}>
              <th scope="row">
                {row.heading}
                {row.differs && (
                  <span className={styles.sign} title="The runs differ here" role="img" aria-label="differs">
                    {" "}
                    ≠
                  </span>
                )}
              </th>
              {row.cells.map((cell, index) => (
                <td key={columns[index]?.id ?? index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
