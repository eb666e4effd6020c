// The first page: what runs now, what failed lately, and the pipelines that were uploaded last.

import { Anchor, Button } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { aboutServer, pipelinesOf, runsOf } from "../api/queries";
import { useWatch } from "../api/stream";
import { ErrorNote } from "../components/ErrorNote";
import { FirstSteps } from "../components/home/FirstSteps";
import styles from "../components/home/home.module.css";
import { PipelineLines } from "../components/home/PipelineLines";
import { RunLines } from "../components/home/RunLines";
import { LoadingPage } from "../components/LoadingPage";
import { Page, PageHead } from "../components/Shell";
import type { RunsSearch } from "../model/addresses";
import type { RunList, RunState } from "../model/messages";
import { ACTIVE_STATES, hasEnded } from "../model/states";

const RUNNING = { state: [...ACTIVE_STATES], sort: "created_at desc", page_size: 20 };
const FAILED = { state: ["FAILED"], sort: "finished_at desc", page_size: 5 };
const LATEST = { sort: "created_at desc", page_size: 8 };
const PIPELINES = { page_size: 6 };

export function HomePage() {
  const running = useQuery(runsOf(RUNNING));
  const failed = useQuery(runsOf(FAILED));
  const latest = useQuery(runsOf(LATEST));
  const pipelines = useQuery(pipelinesOf(PIPELINES));
  useLive(running.data, [failed.data, latest.data]);
  const error = running.error ?? failed.error ?? latest.error ?? pipelines.error;
  const retry = (): void => void Promise.all([running, failed, latest, pipelines].map((query) => query.refetch()));

  if (error !== null && latest.data === undefined) {
    return (
      <Page>
        <PageHead title="Home" />
        <ErrorNote error={error} onRetry={retry} />
      </Page>
    );
  }
  if (latest.data === undefined || pipelines.data === undefined) return <LoadingPage />;
  if (latest.data.runs.length === 0 && pipelines.data.pipelines.length === 0) return <Welcome />;
  return (
    <Page>
      <PageHead title="Home" actions={<UploadButton />} />
      {error !== null && <ErrorNote error={error} onRetry={retry} />}
      <div className={styles.columns}>
        <div className={styles.column}>
          <Part title="Running now" more={<All search={{ state: [...ACTIVE_STATES] as RunState[] }}>All running</All>}>
            <RunLines runs={running.data?.runs} none="Nothing runs now." />
          </Part>
          <Part title="Failed lately" more={<All search={{ state: ["FAILED"], sort: "finished_at" }}>All failed</All>}>
            <RunLines runs={failed.data?.runs} none="No run has failed." />
          </Part>
          <Part title="Latest runs" more={<All search={{}}>All runs</All>}>
            <RunLines runs={latest.data.runs} none="No run yet." brief />
          </Part>
        </div>
        <Part title="Pipelines" more={<Anchor size="sm" renderRoot={(props) => <Link to="/pipelines" {...props} />}>All pipelines</Anchor>}>
          <PipelineLines pipelines={pipelines.data.pipelines} />
        </Part>
      </div>
    </Page>
  );
}

/** Follows all runs on the page; one that ends, or is retried, moves from list to list, so they are read again. */
function useLive(running: RunList | undefined, others: (RunList | undefined)[]): void {
  const queries = useQueryClient();
  const ids = (list: RunList | undefined): string[] => list?.runs.map((run) => run.run_id) ?? [];
  const going = new Set(ids(running));
  useWatch({ fresh: true, summaries: [...new Set([...going, ...others.flatMap(ids)])] }, (message) => {
    const moves = message.kind === "new" || (message.kind === "summary" && hasEnded(message.run.state) === going.has(message.run.run_id));
    if (moves) void queries.invalidateQueries({ queryKey: ["runs"] });
  });
}

function Welcome() {
  const about = useQuery(aboutServer()).data;
  return (
    <Page>
      <PageHead title="Welcome to Bakehouse" />
      <FirstSteps home={about?.home ?? ""} />
    </Page>
  );
}

function UploadButton() {
  return (
    <Button variant="default" leftSection={<IconUpload size={16} />} renderRoot={(props) => <Link to="/pipelines/upload" {...props} />}>
      Upload pipeline
    </Button>
  );
}

function Part({ title, more, children }: { title: string; more: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.part}>
      <div className={styles.head}>
        <h2>{title}</h2>
        {more}
      </div>
      {children}
    </section>
  );
}

function All({ search, children }: { search: RunsSearch; children: string }) {
  return (
    <Anchor size="sm" renderRoot={(props) => <Link to="/runs" search={search} {...props} />}>
      {children}
    </Anchor>
  );
}
