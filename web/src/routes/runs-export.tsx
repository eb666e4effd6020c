// Saves the runs of a list as CSV: all that the filters let through, not only the page.

import { notifications } from "@mantine/notifications";
import { useState } from "react";

import { address, get } from "../api/client";
import { saveCsv } from "../components/charts/save";
import { count } from "../model/durations";
import type { RunsQuery } from "../model/filters";
import type { RunList, RunSummary } from "../model/messages";
import { troubleFrom } from "../model/problems";
import { RUN_COLUMNS, runRow } from "../model/runs";

const MOST = 10_000;

export function useExport(query: RunsQuery): { busy: boolean; save: () => void } {
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const { runs, all } = await everyRun(query);
      saveCsv("runs.csv", RUN_COLUMNS, runs.map(runRow));
      notifications.show({ message: all ? `${count(runs.length, "run")} saved as runs.csv` : `The first ${count(runs.length, "run")} saved as runs.csv; filter to save the rest.` });
    } catch (error) {
      notifications.show({ color: "red", title: "The runs were not saved", message: troubleFrom(error).problems[0]?.message });
    } finally {
      setBusy(false);
    }
  };
  return { busy, save: () => void save() };
}

async function everyRun(query: RunsQuery): Promise<{ runs: RunSummary[]; all: boolean }> {
  const runs: RunSummary[] = [];
  let token = "";
  do {
    const page = await get<RunList>(address(["runs"], { ...query, page_size: 200, page_token: token }));
    runs.push(...page.runs);
    token = page.next_page_token;
  } while (token !== "" && runs.length < MOST);
  return { runs, all: token === "" };
}
