// The steps of a run as a table: each one's state, why it waits or what it failed of, how long it took; filtered by state and text.

import { Chip, Group, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";

import { count } from "../../model/durations";
import type { TaskSummary } from "../../model/messages";
import { isGroup, sorted, stateChoices, type StepColumn, type StepFilter } from "../../model/run";
import { LOOKS, shownState } from "../../model/states";
import { type Folding, found, rowsOf, type StepRow, titleOf } from "../../model/steps";
import { Duration } from "../Duration";
import { EmptyState } from "../EmptyState";
import { StateBadge } from "../StateBadge";
import { Time } from "../Time";
import { useNow } from "../useNow";
import styles from "./run.module.css";
import { type RowColumn, VirtualRows } from "./VirtualRows";

interface Props {
  tasks: readonly TaskSummary[];
  filter: StepFilter;
  selected: string | undefined;
  onFilter: (filter: StepFilter) => void;
  onSelect: (task: string) => void;
}

export function StepTable({ tasks, filter, selected, onFilter, onSelect }: Props) {
  const [sorting, setSorting] = useState<{ by: StepColumn | undefined; descending: boolean }>({ by: undefined, descending: false });
  const now = useNow(sorting.by === "duration");
  const [folding, setFolding] = useState<Folding>({});
  const { rows, number } = useRows(tasks, filter, sorting, folding, now);
  const folds = rows.some((row) => row.open !== undefined);
  const columns = useMemo(() => columnsOf(onSelect, folds, (task, open) => setFolding((before) => ({ ...before, [task]: open }))), [onSelect, folds]);
  const steps = useMemo(() => tasks.filter((task) => !isGroup(task)), [tasks]);
  if (tasks.length === 0) return <EmptyState title="This pipeline has no steps">Its file describes none, so there was nothing to do.</EmptyState>;
  return (
    <div>
      <Filters tasks={steps} filter={filter} onFilter={onFilter} />
      <Text size="sm" c="dimmed" mb={6} aria-live="polite">
        {number === steps.length ? count(steps.length, "step") : `${number.toLocaleString("en")} of ${count(steps.length, "step")}`}
      </Text>
      {rows.length === 0 ? (
        <EmptyState title="No step is like that">Choose other states, or empty the text.</EmptyState>
      ) : (
        <VirtualRows
          label="Steps"
          columns={columns}
          rows={rows}
          rowId={(row) => row.task.task_id}
          selected={selected}
          sorting={sorting}
          onSort={(by) => setSorting(next(sorting, by as StepColumn))}
          onRow={(row) => onSelect(row.task.task_id)}
        />
      )}
    </div>
  );
}

/** Nested, unless a column or one place of the pipeline is asked for: then steps alone can be compared. `number`: how many steps are found. */
function useRows(tasks: readonly TaskSummary[], filter: StepFilter, sorting: { by: StepColumn | undefined; descending: boolean }, folding: Folding, now: number): { rows: StepRow[]; number: number } {
  const all = useMemo(() => found(tasks, filter), [tasks, filter]);
  const searching = filter.states.length > 0 || filter.text.trim() !== "";
  const rows = useMemo(() => {
    if (sorting.by === undefined && !all.onePlace) return rowsOf(all.nested, searching ? null : folding);
    const steps = all.steps.filter((task) => !isGroup(task));
    return sorted(steps, sorting.by, sorting.descending, now).map((task): StepRow => ({ task, depth: 0, open: undefined, holds: "" }));
  }, [all, sorting, searching, folding, now]);
  return { rows, number: all.steps.filter((task) => !isGroup(task)).length };
}

/** Upwards, downwards, and back to the order of the run. */
const next = (sorting: { by: StepColumn | undefined; descending: boolean }, by: StepColumn): { by: StepColumn | undefined; descending: boolean } =>
  sorting.by !== by ? { by, descending: false } : sorting.descending ? { by: undefined, descending: false } : { by, descending: true };

function Filters({ tasks, filter, onFilter }: Pick<Props, "tasks" | "filter" | "onFilter">) {
  const choices = stateChoices(tasks);
  const offered = [...choices, ...filter.states.filter((state) => !choices.some((one) => one.state === state)).map((state) => ({ state, label: LOOKS[state].label, count: 0 }))];
  return (
    <div className={styles.filters}>
      <TextInput
        aria-label="Filter steps by text"
        placeholder="Name, component or message"
        size="xs"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={filter.text}
        onChange={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
      />
      <Chip.Group multiple value={[...filter.states]} onChange={(states) => onFilter({ ...filter, states: offered.map((one) => one.state).filter((state) => states.includes(state)) })}>
        <Group gap={6} role="group" aria-label="Filter steps by state">
          {offered.map((one) => (
            <Chip key={one.state} value={one.state} size="xs" variant="outline">
              {one.label} ({one.count})
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </div>
  );
}

/** Without a heading above it, as on phones, the number says what it counts. */
function Attempts({ number }: { number: number }) {
  const [, noun] = count(number, "attempt").split(" ");
  return (
    <span>
      {number}
      <span className={styles.unit}> {noun}</span>
    </span>
  );
}

function Name({ row: { task, depth, open, holds }, folds, onSelect, onFold }: { row: StepRow; folds: boolean; onSelect: (task: string) => void; onFold: (task: string, open: boolean) => void }) {
  const Icon = open === true ? IconChevronDown : IconChevronRight;
  const second = holds === "" ? task.parent && `in ${task.parent}` : holds;
  return (
    <span className={styles.nested} style={{ paddingInlineStart: `${Math.min(depth, DEEPEST) * 1.1}rem` }}>
      {folds && open === undefined && <span className={styles.noFold} />}
      {open !== undefined && (
        <button type="button" className={styles.fold} aria-expanded={open} aria-label={`What is in ${titleOf(task)}`} onClick={() => onFold(task.task_id, !open)}>
          <Icon size={16} aria-hidden />
        </button>
      )}
      <UnstyledButton fz="sm" fw={550} c="var(--mantine-color-anchor)" style={{ overflowWrap: "anywhere" }} onClick={() => onSelect(task.task_id)} title={task.component === "" ? undefined : `Component ${task.component}`}>
        {titleOf(task)}
        {second !== "" && <span className={styles.within}>{second}</span>}
      </UnstyledButton>
    </span>
  );
}

/** What is deeper is not moved further: names need room. */
const DEEPEST = 8;

/** `folds`: whether any row can be folded; the names of the others stand in line with it then. */
const columnsOf = (onSelect: (task: string) => void, folds: boolean, onFold: (task: string, open: boolean) => void): RowColumn<StepRow>[] => [
  {
    id: "name",
    label: "Step",
    width: "minmax(9rem, 1.4fr)",
    sorts: true,
    wide: true,
    cell: (row) => <Name row={row} folds={folds} onSelect={onSelect} onFold={onFold} />,
  },
  { id: "state", label: "State", width: "9rem", sorts: true, cell: ({ task }) => <StateBadge state={shownState(task)} /> },
  { id: "started", label: "Started", width: "6.5rem", sorts: true, cell: ({ task }) => (task.started_at === null ? null : <Time at={task.started_at} />) },
  { id: "duration", label: "Duration", width: "6rem", sorts: true, cell: ({ task }) => (task.started_at === null || task.cached ? null : <Duration from={task.started_at} to={task.finished_at} />) },
  { id: "attempts", label: "Attempts", width: "5.5rem", sorts: true, number: true, cell: ({ task }) => (task.attempts === 0 ? null : <Attempts number={task.attempts} />) },
  {
    id: "why",
    label: "What there is to say",
    width: "minmax(10rem, 2fr)",
    wide: true,
    cell: ({ task }) => {
      const said = task.error === "" ? task.why : task.error;
      return said === "" ? null : (
        <span className={`${styles.clamp ?? ""} ${task.error === "" ? "" : (styles.bad ?? "")}`} title={said}>
          {said}
        </span>
      );
    },
  },
];
