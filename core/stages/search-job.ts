import type { ArtifactRef } from '../artifacts/artifact.js';
import { ColumnMemory } from '../formats/column-memory.js';
import { hitsFromIpc, hitsToIpc } from '../formats/hits.js';
import type { Arm, Augmentation } from '../retrieval/arms.js';
import { alignSums } from '../retrieval/align-sums.js';
import type { ColumnMeans } from '../retrieval/directions.js';
import { selectQueries, type Hits } from '../retrieval/hits.js';
import { usesColumn } from '../retrieval/sum-columns.js';
import { ScanKernel } from '../retrieval/scan-kernel.js';
import { ArmSearch } from '../retrieval/search.js';
import { openStore } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import { readColumnMeans } from './column-means.js';
import { readVectorShard } from './vector-shards.js';

/** What one search shard needs: plain data, so that it can be handed to another process. */
export interface SearchJob {
  storeUri: string;
  passages: ArtifactRef;
  /** Sums of each question set. */
  sums: readonly { questions: string; ref: ArtifactRef }[];
  queries: {
    ref: ArtifactRef;
    shard: number;
    /** Ids of all queries of the shard, where some have no vector: their rankings are empty. */
    ids?: readonly string[];
  };
  arms: readonly Arm[];
  depth: number;
  seed: number;
}

const stores = new Map<string, Promise<Store>>();

function openOnce(uri: string): Promise<Store> {
  const store = stores.get(uri) ?? openStore(uri);
  stores.set(uri, store);
  store.catch(() => stores.delete(uri));
  return store;
}

/**
 * What searches take their memory from in a process that has one after the other: what one leaves would else stay until V8
 * collects, beside what the next one takes. It stays as large as the largest of them.
 */
export class SearchMemory {
  /** Where the shard at work is read to; the next one takes its place. */
  readonly passages = new ColumnMemory();
  readonly kernel = new ScanKernel();
  private readonly sums: ColumnMemory[] = [];

  /** @param number of a question set, from 0 */
  sumsOf(number: number): ColumnMemory {
    return (this.sums[number] ??= new ColumnMemory());
  }
}

/**
 * Searches the queries of one query shard in passage shards that it is given one after the other. It reads the
 * vectors itself: passing them between processes would cost more than scoring them.
 */
export class SearchJobRunner {
  private constructor(
    private readonly job: SearchJob,
    private readonly store: Store,
    private readonly search: ArmSearch,
    /** Of the queries that have vectors. */
    private readonly queryIds: readonly string[],
    private readonly memory: SearchMemory,
  ) {}

  /** @param memory of searches that are done; whoever has opened one with it cannot go on */
  static async open(job: SearchJob, threads: number, memory: SearchMemory): Promise<SearchJobRunner> {
    const store = await openOnce(job.storeUri);
    const queries = await readVectorShard(store, job.queries.ref, job.queries.shard);
    const data = queries.columns[0]?.data ?? new Float32Array();
    const means = new Map<string, ColumnMeans>();
    for (const { questions, ref } of job.sums) {
      const wanted = job.arms.some(
        ({ augmentation }) => augmentation?.control === 'mean' && augmentation.questions === questions,
      );
      if (wanted) means.set(questions, await readColumnMeans(store, ref));
    }
    const { ids, dimensions } = queries;
    const { depth, seed } = job;
    const { kernel } = memory;
    kernel.clear();
    const search = new ArmSearch(
      job.arms,
      { ids, dimensions, data },
      { depth, seed, means, threads, kernel },
    );
    return new SearchJobRunner(job, store, search, ids, memory);
  }

  restore(part: Uint8Array): void {
    const hits = hitsFromIpc(part);
    const all = this.job.queries.ids;
    this.search.restore(all === undefined ? hits : selectQueries(hits, all, this.queryIds));
  }

  /** Scans one passage shard. The part holds what it added to the rankings. */
  async scan(shard: number): Promise<{ bytes: Uint8Array; rows: number }> {
    const { job, store, memory } = this;
    const passages = await readVectorShard(store, job.passages, shard, { memory: memory.passages });
    const sums = new Map(
      await Promise.all(
        job.sums.map(async ({ questions, ref }, number) => {
          const augmentations = augmentationsWith(job.arms, questions);
          const keep = (column: string): boolean => usesColumn(augmentations, column);
          const all = await readVectorShard(store, ref, shard, { keep, memory: memory.sumsOf(number) });
          return [
            questions,
            alignSums(passages, all, `vectors and sums of ${questions}, shard ${shard}`),
          ] as const;
        }),
      ),
    );
    await this.search.scan(shard, passages, sums);
    const hits = this.allQueries(this.search.hitsOfLastScan());
    return { bytes: hitsToIpc(hits), rows: hits.docs.length };
  }

  /** Hits as they are kept: with a place for each query of the shard. */
  private allQueries(hits: Hits): Hits {
    const all = this.job.queries.ids;
    return all === undefined ? hits : selectQueries(hits, this.queryIds, all);
  }
}

function augmentationsWith(arms: readonly Arm[], questions: string): Augmentation[] {
  return arms.flatMap(({ augmentation }) => (augmentation?.questions === questions ? [augmentation] : []));
}
