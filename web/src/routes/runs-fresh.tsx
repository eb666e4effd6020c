// "3 new runs: show": what was created since the list was read is told, not pushed into it.

import { Button } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { runsOf } from "../api/queries";
import { useWatch } from "../api/stream";
import type { RunsSearch } from "../model/addresses";
import { count } from "../model/durations";
import { type RunsQuery, showsNewest } from "../model/filters";
import type { RunSummary } from "../model/messages";

const MOST = 50;

interface Props {
  search: RunsSearch;
  query: RunsQuery;
  runs: readonly RunSummary[];
  /** When the list was read, in milliseconds since the epoch. */
  readAt: number;
  onShow: () => void;
}

export function Fresh({ search, query, runs, readAt, onShow }: Props) {
  const queries = useQueryClient();
  const [newest, setNewest] = useState("");
  const known = new Set(runs.map((run) => run.run_id));
  const asked = newest !== "" && !known.has(newest);
  const begin = startOf(search, runs, readAt);
  const since = query.created_after !== undefined && query.created_after > begin ? query.created_after : begin;
  const asking = runsOf({ ...query, sort: "created_at desc", created_after: since, page_size: MOST, page_token: undefined });
  const found = useQuery({ ...asking, enabled: asked });
  useWatch({ fresh: true }, (message) => {
    if (message.kind !== "new") return;
    setNewest(message.fresh.run_id);
    // Nothing can jump where nothing is.
    void queries.invalidateQueries({ queryKey: runs.length === 0 ? ["runs"] : asking.queryKey });
  });
  const fresh = asked && runs.length > 0 && !found.isPlaceholderData ? (found.data?.runs ?? []).filter((run) => !known.has(run.run_id)) : [];
  if (fresh.length === 0) return null;
  const number = fresh.length >= MOST - 1 ? `More than ${MOST - 2} new runs` : count(fresh.length, "new run");
  return (
    <div role="status" style={{ marginBottom: "0.75rem", textAlign: "center" }}>
      <Button size="compact-sm" variant="light" radius="xl" leftSection={<IconArrowUp size={14} />} onClick={onShow}>
        {number}: {showsNewest(search) ? "show" : "show the newest"}
      </Button>
    </div>
  );
}

/** Later than this a run is new: than the newest that is shown, or than the reading of a list that does not begin with the newest. */
function startOf(search: RunsSearch, runs: readonly RunSummary[], readAt: number): string {
  const top = runs.reduce((latest, run) => (run.created_at > latest ? run.created_at : latest), "");
  return showsNewest(search) && top !== "" ? top : new Date(readAt).toISOString();
}
