import { describe, expect, it } from "vitest";

import { ourAddress } from "./legacy";

describe("KFP's addresses", () => {
  it.each([
    ["#/runs/details/abc-1", "runs/abc-1"],
    ["#/runs/details/abc-1/execution/7", "runs/abc-1"],
    ["#/runs", "runs"],
    ["#/archive/runs", "runs?archived=true"],
    ["#/runs/new?cloneFromRun=r1", "runs/new?from=r1"],
    ["#/runs/new?pipelineId=p&pipelineVersionId=v&experimentId=e", "runs/new?pipeline=p&version=v&experiment=e"],
    ["#/runs/new", "runs/new"],
    ["#/experiments/details/e1", "runs?experiment=e1"],
    ["#/experiments", "runs"],
    ["#/pipelines", "pipelines"],
    ["#/pipelines/details/p1", "pipelines/p1"],
    ["#/pipelines/details/p1/version/v1", "pipelines/p1/versions/v1"],
    ["#/pipelines/details/?fromRun=r1", "runs/r1"],
    ["#/pipeline_versions/new?pipelineId=p1", "pipelines/upload?pipeline=p1"],
    ["#/compare?runlist=a,b", "compare?run=a&run=b"],
    ["#/artifacts/12", "artifacts/12"],
    ["#/", ""],
    ["#/start", ""],
  ])("%s is %s", (theirs, ours) => {
    expect(ourAddress(theirs)).toBe(ours);
  });

  it("leaves other hashes alone", () => {
    expect(ourAddress("#inputs")).toBeNull();
    expect(ourAddress("")).toBeNull();
  });

  it("hands on what it does not know, to be told so", () => {
    expect(ourAddress("#/recurringruns")).toBe("recurringruns");
  });
});
