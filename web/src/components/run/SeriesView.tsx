// The metrics that steps have logged with a step: a chart of each, by step and output.

import { Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useState } from "react";

import type { RunSeries, TaskSeries } from "../../model/messages";
import { byOutput, CHARTS_AT_ONCE, firstSeries, troublesOf } from "../../model/series";
import classes from "../charts/charts.module.css";
import { MoreCharts } from "../charts/MoreCharts";
import { SeriesChart } from "../charts/SeriesChart";

interface Props {
  series: RunSeries;
  /** What stands above the charts of a step. */
  heading: (task: string) => ReactNode;
  /** A step's name where a chart has to say whose it is. */
  nameOf: (task: string) => string;
}

export function SeriesView({ series, heading, nameOf }: Props) {
  const [all, setAll] = useState(false);
  const number = series.tasks.reduce((sum, task) => sum + task.series.length, 0);
  const shown = all ? series.tasks : firstSeries(series.tasks, CHARTS_AT_ONCE);
  return (
    <Stack gap="lg">
      {shown.map((task) => (
        <div key={task.task_id}>
          {heading(task.task_id)}
          <OfTask name={nameOf(task.task_id)} task={task} />
        </div>
      ))}
      <MoreCharts all={all} number={number} onAll={() => setAll(true)} truncated={series.truncated} />
    </Stack>
  );
}

function OfTask({ task, name }: { task: TaskSeries; name: string }) {
  return (
    <Stack gap="sm">
      {troublesOf(task).map((trouble) => (
        <Text key={trouble} size="sm">
          {trouble}
        </Text>
      ))}
      {byOutput(task.series).map(({ output, series }) => (
        <section aria-label={`${name}, ${output}`} key={output}>
          <Title c="dimmed" fw={500} mb={4} order={3} size="sm">
            {output}
          </Title>
          <div className={classes.series}>
            {series.map((one) => (
              <SeriesChart key={one.metric} lines={[{ id: one.metric, name: "", place: 0, series: one }]} place={`${name}, ${output}`} title={one.metric} />
            ))}
          </div>
        </section>
      ))}
    </Stack>
  );
}
