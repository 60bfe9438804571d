import { join } from 'node:path';
import { artifactRef, type ArtifactRef } from '../../core/artifacts/artifact.js';
import { readShardParts } from '../../core/artifacts/stage-artifact.js';
import { InvalidInputError } from '../../core/errors.js';
import { hitsFromIpc } from '../../core/formats/hits.js';
import { writeParquetFile } from '../../core/formats/parquet.js';
import { queriesFromParquet } from '../../core/formats/queries.js';
import { rankingColumns, rankingRows, rankingsOfHits } from '../../core/formats/rankings.js';
import { writeTrecFile } from '../../core/formats/trec.js';
import type { Arm } from '../../core/retrieval/arms.js';
import type { Hits } from '../../core/retrieval/hits.js';
import type { Store } from '../../core/store/store.js';
import { readPreparedStage, readStoredRun } from '../../core/stages/stored-run.js';

/**
 * The run's arms of these ids, or all of them.
 * @param wanted ids of arms, or `all`
 * @throws InvalidInputError for an arm that the run does not have
 */
export async function armsToExport(
  store: Store,
  runId: string,
  wanted: readonly string[],
): Promise<ExportedArm[]> {
  const { document } = await readStoredRun(store, runId);
  const known = document.arms.map(({ id }) => id);
  const unknown = wanted.find((id) => id !== 'all' && !known.includes(id));
  if (unknown !== undefined) {
    throw new InvalidInputError(
      `report --rankings: run "${runId}" has no arm "${unknown}"; it has ${known.join(', ')}`,
    );
  }
  return document.arms.filter(({ id }) => wanted.includes('all') || wanted.includes(id));
}

type ExportedArm = Pick<Arm, 'id' | 'encoder'>;

/**
 * Writes arms' rankings to `<out>/<arm>.trec` and `<out>/<arm>.parquet`, one query shard in memory at a time.
 * @returns how many files were written
 */
export async function exportRankings(
  store: Store,
  runId: string,
  arms: readonly ExportedArm[],
  out: string,
): Promise<number> {
  if (arms.length === 0) return 0;
  const queries = await artifactOf(store, runId, 'ingest.queries');
  for (const { id, encoder } of arms) {
    const rankings = await artifactOf(store, runId, `merge.${encoder}`);
    const shards = () => rankingShards(store, queries, rankings);
    await writeTrecFile(join(out, `${id}.trec`), trecRecords(shards(), id), id);
    await writeParquetFile(join(out, `${id}.parquet`), rankingColumns, parquetBatches(shards(), id));
  }
  return arms.length * 2;
}

interface RankingShard {
  hits: Hits;
  queryIds: string[];
}

async function* rankingShards(
  store: Store,
  queries: Artifact,
  rankings: Artifact,
): AsyncGenerator<RankingShard> {
  for (let shard = 0; shard < queries.shards; shard++) {
    const queryIds: string[] = [];
    for await (const part of readShardParts(store, queries.ref, shard)) {
      queryIds.push(...(await queriesFromParquet(part)).map(({ queryId }) => queryId));
    }
    for await (const part of readShardParts(store, rankings.ref, shard))
      yield { hits: hitsFromIpc(part), queryIds };
  }
}

async function* trecRecords(shards: AsyncIterable<RankingShard>, arm: string) {
  for await (const { hits, queryIds } of shards) yield* rankingsOfHits(hits, arm, queryIds);
}

async function* parquetBatches(shards: AsyncIterable<RankingShard>, arm: string) {
  for await (const { hits, queryIds } of shards) yield [...rankingRows(hits, arm, queryIds)];
}

interface Artifact {
  ref: ArtifactRef;
  shards: number;
}

async function artifactOf(store: Store, runId: string, node: string): Promise<Artifact> {
  const prepared = await readPreparedStage(store, runId, node);
  if (prepared?.spec === undefined) {
    throw new InvalidInputError(`report --rankings: stage ${node} of run "${runId}" has not run yet`);
  }
  return { ref: artifactRef(prepared.spec), shards: prepared.shards };
}
