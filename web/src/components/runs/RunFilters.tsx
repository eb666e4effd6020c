// Which runs the list shows. What is chosen stands in the address.

import { Button, Chip, Group, SegmentedControl, Select, type SelectProps, TagsInput, TextInput } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useState } from "react";

import type { Range, RunsSearch } from "../../model/addresses";
import { cleared, foldedFilters, isFiltered, RANGE_LABELS } from "../../model/filters";
import { fromLocal, toLocal } from "../../model/durations";
import { LOOKS, RUN_STATES, isRunState } from "../../model/states";
import { NameSearch } from "../NameSearch";
import styles from "./RunFilters.module.css";

export interface Choice {
  value: string;
  label: string;
}

interface Props {
  search: RunsSearch;
  onChange: (change: Partial<RunsSearch>) => void;
  onClear: (search: RunsSearch) => void;
  /** Uploaded pipelines by id, and those of files by name. */
  pipelines: { uploaded: Choice[]; files: Choice[] };
  experiments: Choice[];
  onSearchPipelines: (text: string) => void;
  onSearchExperiments: (text: string) => void;
}

export function RunFilters({ search, onChange, onClear, pipelines, experiments, onSearchPipelines, onSearchExperiments }: Props) {
  const [more, setMore] = useState(false);
  const folded = foldedFilters(search);
  return (
    <search className={styles.filters} data-more={more || undefined} aria-label="Filter runs">
      <div className={styles.line}>
        <NameSearch className={styles.name} label="Name of the run" text={search.text ?? ""} onChange={(text) => onChange({ text: text || undefined })} />
        <SegmentedControl
          size="xs"
          aria-label="Archive"
          data={[
            { value: "active", label: "Active" },
            { value: "archived", label: "Archived" },
          ]}
          value={search.archived === true ? "archived" : "active"}
          onChange={(value) => onChange({ archived: value === "archived" ? true : undefined })}
        />
        <Button className={styles.toggle} variant="default" size="xs" leftSection={<IconFilter size={14} />} aria-expanded={more} onClick={() => setMore(!more)}>
          Filters{folded > 0 && ` (${folded})`}
        </Button>
      </div>
      <div className={styles.rest}>
        <Chip.Group multiple value={search.state ?? []} onChange={(state) => onChange({ state: state.filter(isRunState) })}>
          <Group gap={6} role="group" aria-label="States">
            {RUN_STATES.map((state) => (
              <Chip key={state} value={state} size="xs" variant="outline">
                {LOOKS[state].label}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <TimeFilter search={search} onChange={onChange} />
        <Finder
          what="pipeline"
          value={search.pipeline !== undefined ? `id ${search.pipeline}` : search.pipeline_name !== undefined ? `name ${search.pipeline_name}` : null}
          data={[
            { group: "Uploaded", items: prefixed("id", pipelines.uploaded) },
            { group: "Run from a file", items: prefixed("name", pipelines.files) },
          ].filter(({ items }) => items.length > 0)}
          onSearch={onSearchPipelines}
          onChange={(value) => onChange({ pipeline: without("id", value), pipeline_name: without("name", value) })}
        />
        <Finder what="experiment" value={search.experiment ?? null} data={experiments} onSearch={onSearchExperiments} onChange={(value) => onChange({ experiment: value ?? undefined })} />
        <TagFilter search={search} onChange={onChange} />
        {isFiltered(search) && (
          <Button variant="subtle" size="compact-xs" c="var(--mantine-color-anchor)" onClick={() => onClear(cleared(search))}>
            Clear filters
          </Button>
        )}
      </div>
    </search>
  );
}

const prefixed = (prefix: string, choices: Choice[]): Choice[] => choices.map(({ value, label }) => ({ value: `${prefix} ${value}`, label }));
const without = (prefix: string, value: string | null): string | undefined => (value?.startsWith(`${prefix} `) === true ? value.slice(prefix.length + 1) : undefined);

interface FinderProps {
  what: string;
  value: string | null;
  data: SelectProps["data"];
  onSearch: (text: string) => void;
  onChange: (value: string | null) => void;
}

/** A choice among many, of which the server finds those that fit what is typed. */
function Finder({ what, value, data, onSearch, onChange }: FinderProps) {
  return (
    <Select
      className={styles.select}
      size="xs"
      searchable
      clearable
      aria-label={`${what[0]?.toUpperCase() ?? ""}${what.slice(1)}`}
      placeholder={`Any ${what}`}
      nothingFoundMessage={`No such ${what}`}
      value={value}
      data={data}
      filter={({ options }) => options}
      onSearchChange={onSearch}
      onChange={onChange}
      clearButtonProps={{ "aria-label": `Any ${what}` }}
    />
  );
}

/** `key=value`, or `key` for any value. */
function TagFilter({ search, onChange }: Pick<Props, "search" | "onChange">) {
  return (
    <TagsInput
      className={styles.tags}
      size="xs"
      aria-label="Tags"
      placeholder={search.tag === undefined ? "Any tags: team=vision, or team" : ""}
      splitChars={[]}
      acceptValueOnBlur
      clearable
      clearButtonProps={{ "aria-label": "Any tags" }}
      value={search.tag ?? []}
      onChange={(tag) => onChange({ tag: tag.length === 0 ? undefined : tag })}
    />
  );
}

function TimeFilter({ search, onChange }: Pick<Props, "search" | "onChange">) {
  const custom = search.range === undefined && (search.since !== undefined || search.until !== undefined);
  const [between, setBetween] = useState(custom);
  const choose = (value: string | null): void => {
    setBetween(value === "between");
    onChange({ range: value === "between" || value === "any" ? undefined : ((value ?? undefined) as Range | undefined), since: undefined, until: undefined });
  };
  return (
    <>
      <Select
        className={styles.select}
        size="xs"
        aria-label="Created"
        allowDeselect={false}
        data={[{ value: "any", label: "Any time" }, ...Object.entries(RANGE_LABELS).map(([value, label]) => ({ value, label })), { value: "between", label: "Between…" }]}
        value={search.range ?? (between || custom ? "between" : "any")}
        onChange={choose}
      />
      {(between || custom) && search.range === undefined && (
        <>
          <TextInput className={styles.moment} size="xs" type="datetime-local" aria-label="Created at or after" value={toLocal(search.since)} onChange={(event) => onChange({ since: fromLocal(event.currentTarget.value) })} />
          <TextInput className={styles.moment} size="xs" type="datetime-local" aria-label="Created before" value={toLocal(search.until)} onChange={(event) => onChange({ until: fromLocal(event.currentTarget.value) })} />
        </>
      )}
    </>
  );
}
