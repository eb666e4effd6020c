// The pipeline of a run: the uploaded version it is of, or the name that a file gave.

import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import type { RunSummary } from "../../model/messages";

export function PipelineLink({ pipeline }: { pipeline: RunSummary["pipeline"] }) {
  const { name, pipeline_id: id, version_id: vid, version_name: version } = pipeline;
  if (id === "") {
    return (
      <Anchor inherit c="var(--mantine-color-text)" underline="hover" title={`Runs of ${name}, started from a file`} renderRoot={(props) => <Link to="/runs" search={{ pipeline_name: name }} {...props} />}>
        {name}
      </Anchor>
    );
  }
  return (
    <div style={{ minWidth: 0 }}>
      <Anchor inherit renderRoot={(props) => (vid === "" ? <Link to="/pipelines/$id" params={{ id }} {...props} /> : <Link to="/pipelines/$id/versions/$vid" params={{ id, vid }} {...props} />)}>
        {name}
      </Anchor>
      {version !== "" && version !== name && (
        <Text size="xs" c="dimmed">
          {version}
        </Text>
      )}
    </div>
  );
}
