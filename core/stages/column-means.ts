import pMap from 'p-map';
import type { ArtifactRef } from '../artifacts/artifact.js';
import { findStageArtifact, readShardParts } from '../artifacts/stage-artifact.js';
import { columnTotalsFromJson } from '../formats/column-totals.js';
import { meansOf, type ColumnTotals } from '../retrieval/column-means.js';
import type { ColumnMeans } from '../retrieval/directions.js';
import { ObjectNotFoundError, type Store } from '../store/store.js';

/** Shards whose totals are read at once. */
const READS_AT_ONCE = 16;

const computed = new WeakMap<Store, Map<string, Promise<ColumnMeans>>>();

/** The mean of each sum column over the whole corpus, from the totals that accumulate set aside for each shard. */
export async function readColumnMeans(store: Store, sums: ArtifactRef): Promise<ColumnMeans> {
  const ofStore = computed.get(store) ?? new Map<string, Promise<ColumnMeans>>();
  computed.set(store, ofStore);
  const means = ofStore.get(sums.key) ?? compute(store, sums);
  ofStore.set(sums.key, means);
  means.catch(() => ofStore.delete(sums.key));
  return means;
}

async function compute(store: Store, sums: ArtifactRef): Promise<ColumnMeans> {
  const artifact = await findStageArtifact(store, sums);
  if (artifact === undefined)
    throw new ObjectNotFoundError(`${store.uri}/artifacts/${sums.stage}/${sums.key}`);
  const ofShard = async (shard: number): Promise<ColumnTotals[]> => {
    const totals: ColumnTotals[] = [];
    for await (const part of readShardParts(store, sums, shard, 'aside')) {
      totals.push(columnTotalsFromJson(part, `the totals of ${sums.key}, shard ${shard}`));
    }
    return totals;
  };
  const shards = artifact.manifest.shards.map(({ shard }) => shard);
  // In the order of the shards, whichever is read first: a sum's last digits depend on it.
  return meansOf((await pMap(shards, ofShard, { concurrency: READS_AT_ONCE })).flat());
}
