// HTML and Markdown of runs side by side: the same report of each, or for each run another one.

import { Select, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";

import { type Judged, placeNames, placeOf, reportOf, reportPlaces } from "../../model/compare";
import type { RunArtifact } from "../../model/messages";
import styles from "./compare.module.css";

export interface ReportColumn extends Pick<Judged, "runId" | "name" | "steps"> {
  readonly reports: readonly RunArtifact[];
}

interface Props {
  columns: readonly ReportColumn[];
  content: (report: RunArtifact, run: string) => ReactNode;
}

export function CompareReports({ columns, content }: Props) {
  const [chosen, setChosen] = useState<string>();
  const [own, setOwn] = useState<Readonly<Record<string, string>>>({});
  const places = reportPlaces(columns.map((column) => column.reports));
  const names = placeNames(columns);
  const common = chosen !== undefined && places.includes(chosen) ? chosen : places[0];
  return (
    <>
      {places.length > 1 && columns.length > 1 && (
        <Select
          label="Report of all runs"
          size="xs"
          maw="24rem"
          mb="sm"
          allowDeselect={false}
          data={choices(places, names)}
          value={common ?? null}
          onChange={(place) => {
            setChosen(place ?? undefined);
            setOwn({});
          }}
        />
      )}
      <div className={styles.reports}>
        {columns.map((column) => (
          <Column key={column.runId} column={column} names={names} own={own[column.runId]} common={common} onOwn={(place) => setOwn((before) => ({ ...before, [column.runId]: place }))} content={content} />
        ))}
      </div>
    </>
  );
}

const choices = (places: readonly string[], names: ReadonlyMap<string, string>) => places.map((place) => ({ value: place, label: names.get(place) ?? place }));

interface ColumnProps {
  column: ReportColumn;
  names: ReadonlyMap<string, string>;
  own: string | undefined;
  common: string | undefined;
  onOwn: (place: string) => void;
  content: Props["content"];
}

function Column({ column, names, own, common, onOwn, content }: ColumnProps) {
  const places = [...new Set(column.reports.map(placeOf))];
  const report = reportOf(column.reports, own, common);
  return (
    <section aria-label={`Report of ${column.name}`}>
      <h3 className={styles.reportOf}>{column.name}</h3>
      {places.length > (report === undefined ? 0 : 1) && (
        <Select aria-label={`Report of ${column.name}`} size="xs" mb="xs" allowDeselect={false} placeholder="Choose another report" data={choices(places, names)} value={report === undefined ? null : placeOf(report)} onChange={(place) => onOwn(place ?? "")} />
      )}
      {report === undefined ? (
        <Text size="sm" c="dimmed">
          {places.length === 0 ? "This run has no report." : `This run has no ${names.get(common ?? "") ?? "such report"}.`}
        </Text>
      ) : (
        content(report, column.name)
      )}
    </section>
  );
}
