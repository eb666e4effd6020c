// Rows of a CSV file: sorted on the page, saved as CSV. Only the rows in sight are drawn.

import { Group, Text } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";

import { fileName } from "../../model/files";
import { count } from "../../model/durations";
import { inOrder, isNumeric, nextOrder, type Order, widths } from "../../model/previews";
import { saveCsv } from "../charts/save";
import { SaveMenu } from "../charts/SaveMenu";
import styles from "./artifacts.module.css";

const ROW = 29; // pixels, with its border

interface Props {
  columns: readonly string[];
  rows: readonly string[][];
  name: string;
}

export function CsvTable({ columns, rows, name }: Props) {
  const [order, setOrder] = useState<Order>();
  const shown = useMemo(() => inOrder(rows, order), [rows, order]);
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Text size="sm" c="dimmed">
          {count(rows.length, "row")}, {count(columns.length, "column")}
        </Text>
        <SaveMenu subject={`the shown rows of ${name}`} ways={[{ label: "CSV", save: () => saveCsv(fileName([name], "csv"), columns, shown) }]} />
      </Group>
      <Rows columns={columns} rows={shown} name={name} order={order} onOrder={setOrder} />
    </div>
  );
}

function Rows({ columns, rows, name, order, onOrder }: Props & { order: Order | undefined; onOrder: (order: Order | undefined) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const numeric = useMemo(() => columns.map((_, index) => isNumeric(rows, index)), [columns, rows]);
  const wide = useMemo(() => widths(columns, rows), [columns, rows]);
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are only called here, and nothing here is memoized by them
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 12 });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div className={styles.table} ref={box} tabIndex={0} role="region" aria-label={`Rows of ${name}`}>
      <table aria-rowcount={rows.length + 1} aria-colcount={columns.length}>
        <colgroup>
          {wide.map((width, index) => (
            <col key={index} style={{ width: `calc(${width}ch + 1.2rem)` }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column, index) => (
              <HeadCell key={index} column={column} index={index} numeric={numeric[index] ?? false} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr aria-hidden style={{ height: before }} />}
          {items.map((item) => (
            <tr key={item.key} aria-rowindex={item.index + 2}>
              {columns.map((_, index) => (
                <td key={index} data-numeric={numeric[index] ? true : undefined} title={rows[item.index]?.[index]}>
                  {rows[item.index]?.[index]}
                </td>
              ))}
            </tr>
          ))}
          {after > 0 && <tr aria-hidden style={{ height: after }} />}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps {
  column: string;
  index: number;
  numeric: boolean;
  order: Order | undefined;
  onOrder: (order: Order | undefined) => void;
}

function HeadCell({ column, index, numeric, order, onOrder }: HeadProps) {
  const on = order?.column === index ? order : undefined;
  const named = column === "" ? `column ${index + 1}` : column;
  const Icon = on?.descending ? IconArrowDown : IconArrowUp;
  return (
    <th scope="col" data-numeric={numeric ? true : undefined} aria-sort={on ? (on.descending ? "descending" : "ascending") : "none"}>
      <button type="button" title={`Sort by ${named}`} onClick={() => onOrder(nextOrder(order, index))}>
        <span>{named}</span>
        {on && <Icon aria-hidden size={13} />}
      </button>
    </th>
  );
}
