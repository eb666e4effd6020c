// Lays graphs out, in a worker: the page stays quick while ELK computes.

import ELK from "elkjs/lib/elk-api.js";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";

import { type ElkBox, elkOf, type Placed, placedOf } from "../../model/graphs";
import type { Graph } from "../../model/messages";

let elk: InstanceType<typeof ELK> | null = null;

export async function layout(graph: Graph): Promise<Placed> {
  elk ??= new ELK({ workerFactory: () => new Worker(workerUrl) });
  const result = (await elk.layout(elkOf(graph) as Parameters<typeof elk.layout>[0])) as ElkBox;
  return placedOf(graph, result);
}
