// The list of runs: filtered, sorted, live, and what is done with several at once.

import { Button, Text } from "@mantine/core";
import { IconDownload, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";

import { runsOf } from "../api/queries";
import { useWatch } from "../api/stream";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { Pager } from "../components/Pager";
import { BulkBar } from "../components/runs/BulkBar";
import { RunTable } from "../components/runs/RunTable";
import { Page, PageHead } from "../components/Shell";
import { PAGE_SIZES, type RunsSearch } from "../model/addresses";
import { changed, cleared, first, inWords, isFiltered, queryOf, type RunsQuery, sorted, turned, turnedBack } from "../model/filters";
import { present } from "../model/tables";
import { Acting, useActions } from "./runs-actions";
import { useExport } from "./runs-export";
import { FilterLine } from "./runs-filters";
import { Fresh } from "./runs-fresh";

const route = getRouteApi("/runs");
const NONE: never[] = [];

export function RunsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [asOf, setAsOf] = useState(() => Date.now());
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const query = queryOf(search, asOf);
  const list = useQuery(runsOf(query));
  const runs = list.data?.runs ?? NONE;
  const ids = runs.map((run) => run.run_id);
  useWatch({ summaries: ids });
  const go = (next: RunsSearch): void => {
    setAsOf(Date.now());
    setSelected(new Set());
    void navigate({ search: next });
  };
  const acting = useActions((done) => setSelected((now) => new Set([...now].filter((id) => !done.includes(id)))));
  const here = present(selected, ids);
  const token = list.data?.next_page_token ?? "";
  const inPages = (search.page ?? []).length > 0;

  return (
    <Page>
      <Head query={query} empty={runs.length === 0} />
      <FilterLine search={search} runs={runs} onChange={(change) => go(changed(search, change))} onClear={go} />
      <Fresh search={search} query={query} runs={runs} readAt={list.dataUpdatedAt} onShow={() => (inPages ? go(first(search)) : (setAsOf(Date.now()), void list.refetch()))} />
      {list.error !== null && <ErrorNote error={list.error} title="The runs cannot be shown" onRetry={() => void list.refetch()} />}
      {(list.data !== undefined || list.isPending) && (
        <RunTable
          label={inWords(search)}
          runs={runs}
          sorting={{ by: search.sort ?? "created_at", descending: search.order !== "asc" }}
          onSort={({ by, descending }) => go(sorted(search, by, descending))}
          selection={{ selected: here, onChange: setSelected, name: (id) => runs.find((run) => run.run_id === id)?.name ?? id }}
          loading={list.isPending}
          stale={list.isPlaceholderData}
          empty={<Nothing search={search} onClear={() => go(cleared(search))} />}
        />
      )}
      {(runs.length > 0 || inPages) && (
        <Pager
          size={query.page_size}
          sizes={PAGE_SIZES}
          onSize={(size) => go(changed(search, { size }))}
          onNext={token === "" || list.isPlaceholderData ? undefined : () => go(turned(search, query, token))}
          onBack={inPages ? () => go(turnedBack(search)) : undefined}
          onFirst={(search.page ?? []).length > 1 ? () => go(first(search)) : undefined}
        />
      )}
      {here.size > 0 && (
        <BulkBar runs={runs.filter((run) => here.has(run.run_id))} archived={search.archived === true} busy={acting.busy} onAct={acting.ask} onClear={() => setSelected(new Set())} />
      )}
      <Acting acting={acting} />
    </Page>
  );
}

function Head({ query, empty }: { query: RunsQuery; empty: boolean }) {
  const saving = useExport(query);
  const actions = (
    <>
      <Button variant="default" leftSection={<IconDownload size={16} />} loading={saving.busy} disabled={empty} onClick={saving.save}>
        Save CSV
      </Button>
      <Button component={Link} to="/runs/new" leftSection={<IconPlus size={16} />}>
        New run
      </Button>
    </>
  );
  return <PageHead title="Runs" actions={actions} />;
}

function Nothing({ search, onClear }: { search: RunsSearch; onClear: () => void }) {
  if (isFiltered(search)) {
    return (
      <EmptyState title="No run is like this" actions={<Button variant="default" onClick={onClear}>Clear filters</Button>}>
        {search.archived === true ? "Only archived runs were looked at." : "Archived runs were not looked at."}
      </EmptyState>
    );
  }
  if (search.archived === true) return <EmptyState title="The archive is empty">Runs that you archive leave the list and come here, with all they have made.</EmptyState>;
  return (
    <EmptyState title="No run yet" actions={<Button component={Link} to="/runs/new">New run</Button>}>
      <Text span>A run appears here as soon as it is created: by this page, by </Text>
      <code>bakehouse run</code>
      <Text span>, or by KFP’s client.</Text>
    </EmptyState>
  );
}
