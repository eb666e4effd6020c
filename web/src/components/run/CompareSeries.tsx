// The metrics that runs have logged with a step: one chart of each that they share, with a line for each run.

import { Stack, Text } from "@mantine/core";
import { useState } from "react";

import { CHARTS_AT_ONCE, type Followed, sharedMetrics } from "../../model/series";
import classes from "../charts/charts.module.css";
import { MoreCharts } from "../charts/MoreCharts";
import { SeriesChart } from "../charts/SeriesChart";
import { EmptyState } from "../EmptyState";

export function CompareSeries({ runs }: { runs: readonly Followed[] }) {
  const [all, setAll] = useState(false);
  const { shared, alone } = sharedMetrics(runs);
  if (shared.length + alone.length === 0) {
    return (
      <EmptyState title="No curves to compare">
        None of these runs has logged a metric with a step. Steps do with <code>metrics.log_metric("loss", loss, step=epoch)</code>.
      </EmptyState>
    );
  }
  return (
    <Stack gap="sm">
      <div className={classes.series}>
        {(all ? shared : shared.slice(0, CHARTS_AT_ONCE)).map(({ id, title, lines }) => (
          <SeriesChart key={id} lines={lines} title={title} />
        ))}
      </div>
      <MoreCharts all={all} number={shared.length} onAll={() => setAll(true)} truncated={runs.some((run) => run.series?.truncated)} />
      {alone.length > 0 && (
        <Text c="dimmed" size="sm">
          Only one of these runs has logged {alone.join(", ")}.
        </Text>
      )}
    </Stack>
  );
}
