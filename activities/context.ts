import {
  writeShard,
  type BlockMaker,
  type ShardControl,
  type YieldReason,
} from '../core/artifacts/shard-writer.js';
import type { StageArtifact } from '../core/artifacts/stage-artifact.js';
import { artifactRef, type ArtifactRef, type ArtifactSpec } from '../core/artifacts/artifact.js';
import { readRecord } from '../core/artifacts/records.js';
import {
  PreparedStageSchema,
  runKeys,
  type PreparedStage,
  type RunDocument,
} from '../core/stages/run-document.js';
import type { NodeOf, Stage, StageNode } from '../core/stages/graph.js';
import type { AttemptLogger } from '../core/logs/attempt-log.js';
import { doubtStore, probeDoubtedStore } from '../core/store/probe-store.js';
import { ObjectNotFoundError, type Store } from '../core/store/store.js';
import type { ModelPool } from '../workers/model-pool.js';
import type { ShardHeartbeat } from '../workflows/contract.js';
import { findInput } from './artifact-cache.js';
import { loggedBlocks } from './logged-blocks.js';

/** What preparing a stage takes. It needs no worker and writes nothing, so that a plan can do it as well. */
export interface PrepareContext {
  store: Store;
  openStore(uri: string): Promise<Store>;
  run: RunDocument;
  nodes: readonly StageNode[];
  /** How another stage of the run was prepared. */
  preparedOf(node: string): Promise<PreparedStage>;
  /** What is done for a stage. @default the real stages */
  definitions?: StageDefinitions;
  heartbeat(progress: ShardHeartbeat): void;
  /** Of a shard: the digests of the inputs that its stage was prepared with. */
  inputDigests?: ReadonlySet<string>;
}

/** What a stage's code is given: the run it works for and the worker it runs in. */
export interface StageContext extends PrepareContext {
  models: ModelPool;
  /** Kept in the store with the attempt, where it is one at a shard; see `xqg logs`. */
  log: AttemptLogger;
  signal: AbortSignal;
  /** Asked between blocks: whether the shard is to be given back, because the run pauses or the worker stops. */
  yieldRequested(): Promise<YieldReason | undefined>;
}

/** What preparing a stage yields; see PreparedStage for the fields. */
export type Preparation = Omit<PreparedStage, 'node' | 'spec'> & {
  spec?: ArtifactSpec;
  /** What preparing found and is to lie beside the artifact. */
  beside?: { key: string; bytes: Uint8Array };
};

/** A preparation as it is kept with its run. */
export function preparedStage(node: string, preparation: Preparation): PreparedStage {
  const { spec, units, shards, unitRows, detail } = preparation;
  return {
    node,
    units,
    shards,
    ...(unitRows !== undefined && { unitRows }),
    ...(detail !== undefined && { detail }),
    ...(spec && { spec: structuredClone(spec) as PreparedStage['spec'] & object }),
  };
}

/** One stage: how its artifact is named, and how one unit of its work is done. */
export interface StageDefinition<S extends Stage> {
  /** Of the stage's code: raised whenever it writes other bytes for the same inputs. Part of the artifact's key. */
  version: number;
  prepare(context: PrepareContext, node: NodeOf<S>): Promise<Preparation>;
  run(context: StageContext, node: NodeOf<S>, prepared: PreparedStage, unit: number): Promise<void>;
}

/** The code of every stage. */
export type StageDefinitions = { readonly [S in Stage]: StageDefinition<S> };

/** The artifact that a prepared stage makes. */
export function preparedRef(prepared: PreparedStage): ArtifactRef {
  if (prepared.spec === undefined) throw new Error(`Stage ${prepared.node} makes no artifact`);
  return artifactRef(prepared.spec);
}

/**
 * Makes one shard of the stage's artifact block by block, telling Temporal how far it is. After a time slice the
 * shard is given back, so that runs of a higher priority get the worker.
 */
export async function writeStageShard(
  context: StageContext,
  prepared: PreparedStage,
  shard: number,
  maker: BlockMaker,
): Promise<void> {
  const { heartbeat, signal, run } = context;
  let firstAsked: number | undefined;
  const yieldRequested = async (): Promise<YieldReason | undefined> => {
    firstAsked ??= performance.now();
    const worked = (performance.now() - firstAsked) / 60_000;
    return (
      (await context.yieldRequested()) ?? (worked >= run.experiment.run.sliceMinutes ? 'slice' : undefined)
    );
  };
  await writeLogged(context, prepared, shard, maker, { onProgress: heartbeat, yieldRequested, signal });
}

/**
 * Makes one shard of a stage whose one activity streams through its whole input: it is given back for a pause or
 * when the worker stops, but not after a time slice, since starting again means reading again.
 */
export async function writeStreamedShard(
  context: StageContext,
  prepared: PreparedStage,
  shard: number,
  make: BlockMaker['make'],
): Promise<void> {
  const { yieldRequested, signal } = context;
  await writeLogged(context, prepared, shard, { blocks: 1, make }, { yieldRequested, signal });
}

/**
 * After the store was away or full, no block is made before a small object could be written: it could not be kept,
 * and the next one would be made before that is noticed.
 */
async function writeLogged(
  { store, log }: StageContext,
  prepared: PreparedStage,
  shard: number,
  maker: BlockMaker,
  control: ShardControl,
): Promise<void> {
  const make: BlockMaker['make'] = async (block) => {
    await probeDoubtedStore(store);
    return maker.make(block);
  };
  try {
    const logged = loggedBlocks(log, { ...maker, make });
    const commit = await writeShard(store, preparedRef(prepared), shard, logged, control);
    const { rows, bytes, parts } = commit;
    log.info({ shard, rows, bytes, parts: parts.length }, 'shard committed');
  } catch (error) {
    doubtStore(store, error);
    throw error;
  }
}

export async function readPrepared(store: Store, runId: string, node: string): Promise<PreparedStage> {
  const prepared = await readRecord(store, runKeys.prepared(runId, node), PreparedStageSchema);
  // It was there when the stage's work began: whoever runs the stage again prepares it anew.
  if (prepared === undefined) throw new ObjectNotFoundError(`${store.uri}/${runKeys.prepared(runId, node)}`);
  return prepared;
}

/** The committed artifact of a stage that this one needs. */
export async function inputArtifact(context: PrepareContext, node: string): Promise<StageArtifact> {
  const ref = preparedRef(await context.preparedOf(node));
  const artifact = await findInput(context.store, ref, context.inputDigests);
  if (artifact === undefined) throw new MissingInputError(node);
  return artifact;
}

/** Thrown when the stage was prepared by a worker of another version: it has to be prepared again, under another key. */
export class OtherVersionError extends Error {
  override readonly name = 'OtherVersionError';

  constructor(node: string, prepared: number, own: number) {
    super(
      `Stage ${node} was prepared as version ${prepared} of its code, and this worker's is ${own}; it is prepared again`,
    );
  }
}

/**
 * The artifact with the texts that a stage goes back to: the experiment's own corpus or queries, or with a variant
 * those of a robustness test.
 */
export function textsArtifact(
  context: PrepareContext,
  what: 'corpus' | 'queries',
  variant?: string,
): Promise<StageArtifact> {
  const source = context.nodes.find(
    (node) =>
      (node.stage === 'ingest' || node.stage === 'pawsx' || node.stage === 'perturb') &&
      node.what === what &&
      node.variant === variant,
  );
  if (source === undefined) throw new Error(`The run has no ${what} of ${variant ?? 'its own'}`);
  return inputArtifact(context, source.id);
}

/** Rows of the artifact's largest shard. */
export function largestShard({ manifest }: StageArtifact): number {
  return manifest.shards.reduce((most, { rows }) => Math.max(most, rows), 0);
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
  context: Pick<PrepareContext, 'nodes'>,
  stage: S,
  holds: (node: NodeOf<S>) => boolean = () => true,
): NodeOf<S> {
  const found = context.nodes.find(
    (node): node is NodeOf<S> => node.stage === stage && holds(node as NodeOf<S>),
  );
  if (found === undefined) throw new Error(`The run has no such ${stage} stage`);
  return found;
}
