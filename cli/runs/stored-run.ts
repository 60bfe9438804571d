import { readRecord } from '../../core/artifacts/records.js';
import { uncommittedShards, findStageArtifact } from '../../core/artifacts/stage-artifact.js';
import { artifactRef } from '../../core/artifacts/artifact.js';
import { InvalidInputError } from '../../core/errors.js';
import { stageGraph, type StageNode } from '../../core/stages/graph.js';
import {
  FailureRecordSchema,
  OutcomeSchema,
  PreparedStageSchema,
  readRunDocument,
  runKeys,
  StageRecordSchema,
  type FailureRecord,
  type Outcome,
  type PreparedStage,
  type RunDocument,
  type StageRecord,
} from '../../core/stages/run-document.js';
import type { Store } from '../../core/store/store.js';

export { listRunIds } from '../../core/stages/list-runs.js';

/** One shard as `xqg shards` lists it. */
export interface ShardState {
  stage: string;
  shard: number;
  state: 'done' | 'failed' | 'pending';
  attempts?: number;
  worker?: string;
  error?: string;
  /** Passages, queries or questions that a model fails at; told once the stage is complete. */
  quarantined?: number;
}

/** A run as the store tells it, without Temporal. */
export interface StoredRun {
  document: RunDocument;
  nodes: StageNode[];
  outcome: Outcome | undefined;
}

export async function readStoredRun(store: Store, runId: string): Promise<StoredRun> {
  const document = await readRunDocument(store, runId);
  return {
    document,
    nodes: stageGraph(document.experiment, document.arms, document.exported),
    outcome: await readRecord(store, runKeys.outcome(runId), OutcomeSchema),
  };
}

export function readStageRecord(store: Store, runId: string, node: string): Promise<StageRecord | undefined> {
  return readRecord(store, runKeys.stage(runId, node), StageRecordSchema);
}

export function readPreparedStage(
  store: Store,
  runId: string,
  node: string,
): Promise<PreparedStage | undefined> {
  return readRecord(store, runKeys.prepared(runId, node), PreparedStageSchema);
}

export async function readFailures(
  store: Store,
  runId: string,
  node: string,
): Promise<Map<number, FailureRecord>> {
  const failures = new Map<number, FailureRecord>();
  let after: string | undefined;
  do {
    const page = await store.list(runKeys.failures(runId, node), { ...(after !== undefined && { after }) });
    for (const { key } of page.objects) {
      const record = await readRecord(store, key, FailureRecordSchema);
      if (record !== undefined) failures.set(record.shard, record);
    }
    after = page.next;
  } while (after !== undefined);
  return failures;
}

/**
 * The stages of this id or of this kind (`encode`), or all.
 * @throws InvalidInputError when there is none
 */
export function stagesOf(
  nodes: readonly StageNode[],
  runId: string,
  stage: string | undefined,
): readonly StageNode[] {
  const wanted = nodes.filter((node) => stage === undefined || [node.id, node.stage].includes(stage));
  if (wanted.length > 0) return wanted;
  throw new InvalidInputError(
    `Run "${runId}" has no stage "${stage ?? ''}"; its stages are ${nodes.map(({ id }) => id).join(', ')}`,
  );
}

/**
 * The one stage of this id, or the only one of this kind.
 * @throws InvalidInputError when there is none, or more than one
 */
export function oneStage(nodes: readonly StageNode[], runId: string, stage: string): StageNode {
  const found = stagesOf(nodes, runId, stage);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  throw new InvalidInputError(
    `Run "${runId}" has ${found.length} stages "${stage}"; say which: ${found.map(({ id }) => id).join(', ')}`,
  );
}

/**
 * The shards of a run's stages, as far as these are prepared.
 * @throws InvalidInputError when `stage` is none of the run's
 */
export async function listShards(
  store: Store,
  runId: string,
  options: { stage?: string; failed?: boolean } = {},
): Promise<ShardState[]> {
  const { nodes } = await readStoredRun(store, runId);
  const wanted = stagesOf(nodes, runId, options.stage);
  const shards: ShardState[] = [];
  for (const node of wanted) {
    const prepared = await readPreparedStage(store, runId, node.id);
    if (prepared?.spec === undefined) continue;
    const ref = artifactRef(prepared.spec);
    const artifact = await findStageArtifact(store, ref);
    const missing = artifact !== undefined ? [] : await uncommittedShards(store, ref, 0, prepared.shards);
    const failures = await readFailures(store, runId, node.id);
    for (let shard = 0; shard < prepared.shards; shard++) {
      const quarantined = artifact?.manifest.shards[shard]?.quarantined;
      const state = {
        ...shardState(node.id, shard, new Set(missing), failures),
        ...(quarantined !== undefined && { quarantined }),
      };
      if (options.failed !== true || state.state === 'failed') shards.push(state);
    }
  }
  return shards;
}

function shardState(
  stage: string,
  shard: number,
  missing: ReadonlySet<number>,
  failures: ReadonlyMap<number, FailureRecord>,
): ShardState {
  if (!missing.has(shard)) return { stage, shard, state: 'done' };
  const failure = failures.get(shard);
  if (failure === undefined) return { stage, shard, state: 'pending' };
  const { attempts, worker, message } = failure;
  return { stage, shard, state: 'failed', attempts, worker, error: message };
}
