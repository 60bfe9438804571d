import { findIntactArtifact, uncommittedShards } from '../core/artifacts/stage-artifact.js';
import { InvalidInputError } from '../core/errors.js';
import type { StageReuse } from '../core/plan/reuse.js';
import { stageGraph, type StageNode } from '../core/stages/graph.js';
import type { PreparedStage, RunDocument } from '../core/stages/run-document.js';
import type { Store } from '../core/store/store.js';
import { preparedRef, preparedStage, type PrepareContext } from './context.js';
import { definitionOf } from './stages.js';

/** Thrown by an `openStore` that is not to read what lies elsewhere. */
export class NotReadError extends Error {
  override readonly name = 'NotReadError';
}

/** What a run would find, and how its stages were prepared as far as their keys can be told. */
export interface Foresight {
  stages: StageReuse[];
  prepared: ReadonlyMap<string, PreparedStage>;
}

/**
 * Tells what a run would find in the store, by preparing its stages just as the run does, without writing
 * anything. A stage's key follows from the manifests of what it reads, so that it can be told as long as these are
 * there; whatever comes after a stage that is not complete has to be made.
 *
 * @param openStore opens what the experiment names elsewhere; may throw {@link NotReadError}
 */
export async function foresee(
  run: RunDocument,
  store: Store,
  openStore: (uri: string) => Promise<Store>,
): Promise<Foresight> {
  const nodes = stageGraph(run.experiment, run.arms, run.exported);
  const prepared = new Map<string, PreparedStage>();
  const found = new Map<string, StageReuse>();
  const context: PrepareContext = {
    store,
    openStore,
    run,
    nodes,
    preparedOf: (node) => Promise.resolve(prepared.get(node) as PreparedStage),
    heartbeat: () => undefined,
  };
  for (const node of nodes) found.set(node.id, await foreseeStage(context, node, found, prepared));
  return { stages: [...found.values()], prepared };
}

async function foreseeStage(
  context: PrepareContext,
  node: StageNode,
  found: ReadonlyMap<string, StageReuse>,
  prepared: Map<string, PreparedStage>,
): Promise<StageReuse> {
  const { id } = node;
  const make: StageReuse = { id, state: 'make', done: 0 };
  if (node.stage === 'report') return make;
  const needs = node.needs.flatMap((need) => found.get(need) ?? []);
  const unknown = needs.find(({ state }) => state === 'unknown');
  if (needs.some(({ state }) => state === 'make' || state === 'partly')) return make;
  if (unknown !== undefined) return { id, state: 'unknown', done: 0, reason: `it reads ${unknown.id}` };
  let stage: PreparedStage;
  try {
    const { definition, node: own } = definitionOf(context, node.stage, id);
    stage = preparedStage(id, await definition.prepare(context, own));
  } catch (error) {
    // Missing files and bad records end a run, but not the plan of one.
    if (!(error instanceof NotReadError || error instanceof InvalidInputError)) throw error;
    return { id, state: 'unknown', done: 0, reason: error.message };
  }
  prepared.set(id, stage);
  const ref = preparedRef(stage);
  const { shards } = stage;
  if ((await findIntactArtifact(context.store, ref)) !== undefined)
    return { id, state: 'reuse', done: shards, shards };
  const missing = await uncommittedShards(context.store, ref, 0, shards);
  const done = shards - missing.length;
  return { id, state: done > 0 ? 'partly' : 'make', done, shards };
}
