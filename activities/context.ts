import type { Logger } from 'pino';
import { writeShard, type BlockMaker } from '../core/artifacts/shard-writer.js';
import { findStageArtifact, type StageArtifact } from '../core/artifacts/stage-artifact.js';
import { artifactRef, type ArtifactRef, type ArtifactSpec } from '../core/artifacts/artifact.js';
import { readRecord } from '../core/artifacts/records.js';
import {
  PreparedStageSchema,
  runKeys,
  type PreparedStage,
  type RunDocument,
} from '../core/stages/run-document.js';
import type { NodeOf, Stage, StageNode } from '../core/stages/graph.js';
import type { Store } from '../core/store/store.js';
import type { ModelPool } from '../workers/model-pool.js';

/** Where a shard stands, as heartbeats tell it. Progress only: what counts is in the store. */
export interface ShardHeartbeat {
  block: number;
  blocks: number;
  /** Of the block at work, where the stage knows it. */
  finished?: number;
}

/** What a stage's code is given: the run it works for and the worker it runs in. */
export interface StageContext {
  store: Store;
  openStore(uri: string): Promise<Store>;
  run: RunDocument;
  nodes: readonly StageNode[];
  models: ModelPool;
  log: Logger;
  signal: AbortSignal;
  heartbeat(progress: ShardHeartbeat): void;
}

/** What preparing a stage yields; see PreparedStage for the fields. */
export type Preparation = Omit<PreparedStage, 'node' | 'spec'> & { spec?: ArtifactSpec };

/** One stage: how its artifact is named, and how one unit of its work is done. */
export interface StageDefinition<S extends Stage> {
  prepare(context: StageContext, node: NodeOf<S>): Promise<Preparation>;
  run(context: StageContext, node: NodeOf<S>, prepared: PreparedStage, unit: number): Promise<void>;
}

/** The artifact that a prepared stage makes. */
export function preparedRef(prepared: PreparedStage): ArtifactRef {
  if (prepared.spec === undefined) throw new Error(`Stage ${prepared.node} makes no artifact`);
  return artifactRef(prepared.spec);
}

/** Makes one shard of the stage's artifact block by block, telling Temporal how far it is. */
export async function writeStageShard(
  { store, heartbeat, signal }: StageContext,
  prepared: PreparedStage,
  shard: number,
  maker: BlockMaker,
): Promise<void> {
  await writeShard(store, preparedRef(prepared), shard, maker, heartbeat, signal);
}

export async function readPrepared(store: Store, runId: string, node: string): Promise<PreparedStage> {
  const prepared = await readRecord(store, runKeys.prepared(runId, node), PreparedStageSchema);
  if (prepared === undefined) throw new Error(`Run ${runId}: stage ${node} has not been prepared`);
  return prepared;
}

/** The committed artifact of a stage that this one needs. */
export async function inputArtifact(context: StageContext, node: string): Promise<StageArtifact> {
  const ref = preparedRef(await readPrepared(context.store, context.run.runId, node));
  const artifact = await findStageArtifact(context.store, ref);
  if (artifact === undefined) throw new MissingInputError(node);
  return artifact;
}

/** Thrown when a needed stage is not committed (any more): it has to run again first. */
export class MissingInputError extends Error {
  override readonly name = 'MissingInputError';

  constructor(readonly node: string) {
    super(`The output of stage ${node}, which this stage reads, is not committed`);
  }
}

/** The one node of the run that the predicate holds for. */
export function findNode<S extends Stage>(
  context: StageContext,
  stage: S,
  holds: (node: NodeOf<S>) => boolean = () => true,
): NodeOf<S> {
  const found = context.nodes.find(
    (node): node is NodeOf<S> => node.stage === stage && holds(node as NodeOf<S>),
  );
  if (found === undefined) throw new Error(`The run has no such ${stage} stage`);
  return found;
}
