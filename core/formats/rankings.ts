import { z } from 'zod';
import type { Hit, Rankings } from '../records.js';
import type { Hits } from '../retrieval/hits.js';
import { rowsFromParquet, type Columns } from './parquet.js';

/** Columns of a rankings file. `shard` and `row` tell where the passage stands among the corpus's artifacts. */
export const rankingColumns: Columns = {
  queryId: 'string',
  rank: 'int32',
  docId: 'string',
  score: 'float',
  shard: 'int32',
  row: 'int32',
};

const RankingRowSchema = z.object({
  queryId: z.string(),
  /** 1 is best. */
  rank: z.int().min(1),
  docId: z.string(),
  score: z.number(),
  shard: z.int().min(0),
  row: z.int().min(0),
});

/** One hit, with the place of its passage. */
export type RankingRow = z.infer<typeof RankingRowSchema>;

/**
 * One arm's hits as rows of a rankings file, ordered by query and rank.
 * @param arm id, one of `hits.arms`
 * @param queryIds in the order that was searched with
 */
export function* rankingRows(hits: Hits, arm: string, queryIds: readonly string[]): Generator<RankingRow> {
  for (const { queryId, start, end } of spansOf(hits, arm, queryIds)) {
    for (let i = start; i < end; i++) {
      const doc = hits.docs[i] as number;
      yield {
        queryId,
        rank: i - start + 1,
        docId: hits.docIds[doc] as string,
        score: hits.scores[i] as number,
        shard: hits.shards[doc] as number,
        row: hits.rows[doc] as number,
      };
    }
  }
}

/** Reads a rankings file. @throws InvalidInputError naming row and column where it is not such a file */
export function rankingRowsFromParquet(bytes: Uint8Array, name = 'rankings'): Promise<RankingRow[]> {
  return rowsFromParquet(bytes, RankingRowSchema, name);
}

/** The rankings that rows in order of query and rank describe. */
export function rankingsOf(rows: Iterable<Pick<RankingRow, 'queryId' | 'docId' | 'score'>>): Rankings {
  const rankings: Rankings = new Map();
  for (const { queryId, docId, score } of rows) {
    const hits = rankings.get(queryId);
    if (hits) hits.push({ docId, score });
    else rankings.set(queryId, [{ docId, score }]);
  }
  return rankings;
}

/**
 * One arm's rankings of some hits, as records: one query after the other.
 * @param some positions of the queries wanted, `to` exclusive; default all
 */
export function* rankingsOfHits(
  hits: Hits,
  arm: string,
  queryIds: readonly string[],
  some = { from: 0, to: queryIds.length },
): Generator<[queryId: string, hits: Hit[]]> {
  for (const { queryId, start, end } of spansOf(hits, arm, queryIds, some)) {
    const docs = Array.from(hits.docs.subarray(start, end));
    yield [
      queryId,
      docs.map((doc, i) => ({ docId: hits.docIds[doc] as string, score: hits.scores[start + i] as number })),
    ];
  }
}

/** Where each query's hits under an arm lie. */
function* spansOf(
  hits: Hits,
  arm: string,
  queryIds: readonly string[],
  { from, to } = { from: 0, to: queryIds.length },
) {
  const position = hits.arms.indexOf(arm);
  if (position === -1 || queryIds.length !== hits.queries)
    throw new Error(
      `Reading rankings of arm ${arm} and ${queryIds.length} queries: the hits are of ${hits.queries} queries and arms ${hits.arms.join(', ')}`,
    );
  for (let q = from; q < Math.min(to, queryIds.length); q++) {
    const at = position * hits.queries + q;
    const queryId = queryIds[q] as string;
    yield { queryId, start: hits.offsets[at] as number, end: hits.offsets[at + 1] as number };
  }
}
