// A version of a pipeline: its graph, its inputs, its text, and what stands against running it.

import { Button, Tabs } from "@mantine/core";
import { IconDownload, IconListDetails, IconPlayerPlay } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";

import { graphOfVersion, versionOf } from "../api/queries";
import { Code } from "../components/Code";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote, ProblemsNote } from "../components/ErrorNote";
import { LoadingPage } from "../components/LoadingPage";
import { Description } from "../components/pipelines/Description";
import { InputTable } from "../components/pipelines/InputTable";
import { NodeNote } from "../components/pipelines/NodeNote";
import { saveText } from "../components/saving";
import { Page, PageHead } from "../components/Shell";
import { TaskGraph } from "../components/TaskGraph";
import { Time } from "../components/Time";
import { count } from "../model/durations";
import { fileName } from "../model/files";
import { openAfter } from "../model/graphs";
import type { VersionDetail } from "../model/messages";
import { Missing } from "./missing";
import styles from "./pipeline-version.module.css";

const route = getRouteApi("/pipelines/$id/versions/$vid");

export function PipelineVersionPage() {
  const { id, vid } = route.useParams();
  const { tab = "graph" } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(versionOf(id, vid));
  const version = query.data;
  const pipelines = { label: "Pipelines", href: "/pipelines" };
  const crumbs = version === undefined ? [pipelines] : [pipelines, { label: version.pipeline_name, href: `/pipelines/${id}` }];
  if (query.error !== null) return <Missing what="version" id={vid} error={query.error} crumbs={crumbs} onRetry={() => void query.refetch()} />;
  if (version === undefined) return <LoadingPage />;
  return (
    <Page>
      <PageHead title={version.display_name} crumbs={crumbs} actions={<Actions version={version} />} note={<Note version={version} />} />
      <Description text={version.description || version.spec.description} />
      {version.spec.problems.length > 0 && <ProblemsNote calm title="It cannot be run here" problems={version.spec.problems} />}
      <Tabs mt="md" value={tab} keepMounted={false} onChange={(value) => void navigate({ search: (now) => ({ ...now, tab: value === "graph" || value === null ? undefined : value }), replace: true })}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="graph">Graph</Tabs.Tab>
          <Tabs.Tab value="inputs">Inputs ({version.spec.inputs.length})</Tabs.Tab>
          <Tabs.Tab value="yaml">YAML</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="graph">
          <GraphTab version={version} />
        </Tabs.Panel>
        <Tabs.Panel value="inputs">
          <InputTable inputs={version.spec.inputs} />
        </Tabs.Panel>
        <Tabs.Panel value="yaml">
          <Button size="xs" variant="default" mb="xs" leftSection={<IconDownload size={14} />} onClick={() => saveText(fileName([version.display_name], "yaml"), version.spec.yaml, "application/yaml")}>
            Save as a file
          </Button>
          <Code text={version.spec.yaml} language="yaml" label={`YAML of ${version.display_name}`} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Note({ version }: { version: VersionDetail }) {
  return (
    <>
      Version of {version.pipeline_name}, uploaded <Time at={version.created_at} />
      {version.spec.sdk_version !== "" && <>, compiled by {version.spec.sdk_version}</>}
    </>
  );
}

function Actions({ version }: { version: VersionDetail }) {
  const blocked = version.spec.problems.length > 0;
  return (
    <>
      <Button
        leftSection={<IconPlayerPlay size={16} />}
        data-disabled={blocked || undefined}
        aria-disabled={blocked}
        title={blocked ? "It cannot be run here: see below" : undefined}
        onClick={(event) => blocked && event.preventDefault()}
        renderRoot={(props) => <Link to="/runs/new" search={{ pipeline: version.pipeline_id, version: version.version_id }} {...props} />}
      >
        New run
      </Button>
      <Button variant="default" leftSection={<IconListDetails size={16} />} renderRoot={(props) => <Link to="/runs" search={{ pipeline: version.pipeline_id }} {...props} />}>
        Runs of this pipeline
      </Button>
    </>
  );
}

function GraphTab({ version }: { version: VersionDetail }) {
  const { node: selected, open = [] } = route.useSearch();
  const navigate = route.useNavigate();
  const graph = useQuery(graphOfVersion(version.pipeline_id, version.version_id, open));
  if (graph.error !== null) return <ErrorNote error={graph.error} onRetry={() => void graph.refetch()} />;
  if (graph.data === undefined) return <LoadingPage />;
  if (graph.data.nodes.length === 0) return <EmptyState title="It has no steps" />;
  const select = (id: string | undefined): void => void navigate({ search: (now) => ({ ...now, node: id }), replace: true });
  const node = graph.data.nodes.find((one) => one.id === selected);
  return (
    <div className={styles.graph} data-note={node !== undefined || undefined}>
      <div>
        <TaskGraph
          graph={graph.data}
          name={version.display_name}
          selected={selected}
          onSelect={(one) => select(one.id === selected ? undefined : one.id)}
          onOpen={(one, opens) => void navigate({ search: (now) => ({ ...now, open: openAfter(now.open ?? [], one.id, opens) }), replace: true })}
        />
        <p className={styles.count}>{count(graph.data.steps, "step")}. Arrows lead from a step to those that need it.</p>
      </div>
      {node !== undefined && <NodeNote graph={graph.data} node={node} onSelect={select} onClose={() => select(undefined)} />}
    </div>
  );
}
