// KFP's addresses (`/#/runs/details/ID`) as ours: links in old mails and notebooks lead to the right page.

const RULES: readonly [RegExp, (found: string[], query: URLSearchParams) => string][] = [
  [/^runs\/details\/([^/]+)/, ([id]) => `runs/${id}`],
  [/^runs\/new$/, (_, query) => `runs/new${picked(query, { cloneFromRun: "from", pipelineId: "pipeline", pipelineVersionId: "version", experimentId: "experiment" })}`],
  [/^experiments\/details\/([^/]+)/, ([id]) => `runs?experiment=${id}`],
  [/^pipelines\/details\/([^/]+)\/version\/([^/]+)/, ([id, version]) => `pipelines/${id}/versions/${version}`],
  [/^pipelines\/details\/([^/]+)/, ([id]) => `pipelines/${id}`],
  [/^pipelines\/details\/?$/, (_, query) => (query.has("fromRun") ? `runs/${encodeURIComponent(query.get("fromRun") ?? "")}` : "pipelines")],
  [/^pipeline_versions\/new$/, (_, query) => `pipelines/upload${picked(query, { pipelineId: "pipeline" })}`],
  [/^(shared\/)?pipelines$/, () => "pipelines"],
  [/^artifacts\/([^/]+)/, ([id]) => `artifacts/${id}`],
  [/^compare$/, (_, query) => `compare${repeated("run", (query.get("runlist") ?? "").split(","))}`],
  [/^archive\//, () => "runs?archived=true"],
  [/^(runs|experiments)$/, () => "runs"],
  [/^(start)?$/, () => ""],
];

function picked(query: URLSearchParams, names: Readonly<Record<string, string>>): string {
  const kept = Object.entries(names).flatMap(([theirs, ours]) => (query.get(theirs) ? [`${ours}=${encodeURIComponent(query.get(theirs) ?? "")}`] : []));
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}

const repeated = (name: string, values: string[]): string => {
  const kept = values.filter((value) => value !== "").map((value) => `${name}=${encodeURIComponent(value)}`);
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
};

/** Our address, relative to the base, for a hash of KFP's; `null` if it is none. */
export function ourAddress(hash: string): string | null {
  if (!hash.startsWith("#/")) return null;
  const [path = "", search = ""] = hash.slice(2).split("?", 2);
  const query = new URLSearchParams(search);
  for (const [pattern, address] of RULES) {
    const found = pattern.exec(path.replace(/\/$/, ""));
    if (found !== null) return address(found.slice(1), query);
  }
  return path;
}
