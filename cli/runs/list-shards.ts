import pMap from 'p-map';
import { z } from 'zod';
import { artifactRef } from '../../core/artifacts/artifact.js';
import { listNumbers } from '../../core/artifacts/numbered-records.js';
import { readRecord } from '../../core/artifacts/records.js';
import { findStageArtifact, uncommittedShards } from '../../core/artifacts/stage-artifact.js';
import type { StageNode } from '../../core/stages/graph.js';
import {
  FailureRecordSchema,
  runKeys,
  type FailureRecord,
  type PreparedStage,
} from '../../core/stages/run-document.js';
import { shardRows, type IngestedRows, type ShardRows } from '../../core/stages/shard-rows.js';
import type { Store } from '../../core/store/store.js';
import { readPreparedStage, readStageRecord, readStoredRun, stagesOf } from '../../core/stages/stored-run.js';

/** Shards that are listed when nobody asks for another number. */
export const DEFAULT_LIMIT = 1000;

const READS_AT_ONCE = 32;

/** One shard as `xqg shards` lists it. */
export interface ShardState {
  stage: string;
  shard: number;
  state: 'done' | 'failed' | 'pending';
  /** What the shard works on. */
  rows?: ShardRows;
  attempts?: number;
  worker?: string;
  error?: string;
  /** Passages, queries or questions that a model fails at; told once the stage is complete. */
  quarantined?: number;
}

export interface ShardList {
  shards: ShardState[];
  /** Shards beyond the limit that would be listed too. */
  more: number;
}

export interface ShardListOptions {
  /** A stage's name, or that of all stages of a kind. @default all */
  stage?: string;
  /** Only shards that failed for good. */
  failed?: boolean;
  /** @default 1000 */
  limit?: number;
}

/**
 * The shards of a run's stages, as far as these are prepared. Reads a few records for each stage and lists names,
 * a thousand in one request; records of shards are read of those failed ones only that are returned.
 *
 * @throws InvalidInputError when `stage` is none of the run's
 */
export async function listShards(
  store: Store,
  runId: string,
  { stage, failed = false, limit = DEFAULT_LIMIT }: ShardListOptions = {},
): Promise<ShardList> {
  const { document, nodes } = await readStoredRun(store, runId);
  const wanted = stagesOf(nodes, runId, stage);
  const ingested = await ingestedRows(store, runId);
  const listed: ShardState[] = [];
  let more = 0;
  for (const node of wanted) {
    const prepared = await readPreparedStage(store, runId, node.id);
    if (prepared === undefined) continue;
    const states = await stageShards(store, runId, prepared, failed);
    const taken = states.slice(0, Math.max(0, limit - listed.length));
    more += states.length - taken.length;
    const described = (state: StageShard): Promise<ShardState> =>
      describe(store, runId, node, state, shardRows(node, state.shard, document.experiment, ingested));
    listed.push(...(await pMap(taken, described, { concurrency: READS_AT_ONCE })));
  }
  return { shards: listed, more };
}

/** A shard's state, and where what is known of its failure is recorded. */
interface StageShard {
  shard: number;
  state: ShardState['state'];
  /** Unit of work whose failure it is. */
  failedUnit?: number;
  quarantined?: number | undefined;
}

async function stageShards(
  store: Store,
  runId: string,
  prepared: PreparedStage,
  failedOnly: boolean,
): Promise<StageShard[]> {
  const failures = await listNumbers(store, runKeys.failures(runId, prepared.node), 0, prepared.units);
  if (failedOnly && failures.length === 0) return [];
  const artifact = prepared.spec && (await findStageArtifact(store, artifactRef(prepared.spec)));
  const missing = artifact === undefined ? await missingShards(store, runId, prepared) : [];
  const failedUnits = new Map<number, number>();
  for (const unit of failures) {
    // Where one unit makes all shards, it failed at the first that is not there.
    const shard = prepared.units === prepared.shards ? unit : missing[0];
    if (shard !== undefined) failedUnits.set(shard, unit);
  }
  const due = new Set(missing);
  const states: StageShard[] = [];
  for (let shard = 0; shard < prepared.shards; shard++) {
    const failedUnit = due.has(shard) ? failedUnits.get(shard) : undefined;
    const quarantined = artifact?.manifest.shards[shard]?.quarantined;
    if (failedUnit !== undefined) states.push({ shard, state: 'failed', failedUnit });
    else if (!failedOnly) states.push({ shard, state: due.has(shard) ? 'pending' : 'done', quarantined });
  }
  return states;
}

/** Shards that are not there, of a stage without a manifest. */
async function missingShards(
  store: Store,
  runId: string,
  { node, spec, shards }: PreparedStage,
): Promise<number[]> {
  // A stage without an artifact of its own has one shard.
  if (spec === undefined) return (await readStageRecord(store, runId, node)) === undefined ? [0] : [];
  return uncommittedShards(store, artifactRef(spec), 0, shards);
}

async function describe(
  store: Store,
  runId: string,
  { id }: StageNode,
  { shard, state, failedUnit, quarantined }: StageShard,
  rows: ShardRows | undefined,
): Promise<ShardState> {
  const described: ShardState = {
    ...{ stage: id, shard, state },
    ...(rows && { rows }),
    ...(quarantined !== undefined && { quarantined }),
  };
  if (failedUnit === undefined) return described;
  const failure = await readFailure(store, runId, id, failedUnit);
  // It may have been cleared since its name was listed: the shard is being tried again.
  if (failure === undefined) return { ...described, state: 'pending' };
  const { attempts, worker, message } = failure;
  return { ...described, attempts, worker, error: message };
}

function readFailure(
  store: Store,
  runId: string,
  node: string,
  unit: number,
): Promise<FailureRecord | undefined> {
  return readRecord(store, runKeys.failure(runId, node, unit), FailureRecordSchema);
}

/** What preparing the ingest stages found; see ScanDetail. */
const RowsSchema = z.object({ rows: z.int() });

async function ingestedRows(store: Store, runId: string): Promise<IngestedRows> {
  const rowsOf = async (node: string): Promise<number | undefined> =>
    RowsSchema.safeParse((await readPreparedStage(store, runId, node))?.detail).data?.rows;
  const [passages, queries] = await Promise.all([rowsOf('ingest.corpus'), rowsOf('ingest.queries')]);
  return { ...(passages !== undefined && { passages }), ...(queries !== undefined && { queries }) };
}
