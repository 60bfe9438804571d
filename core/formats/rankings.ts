import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { z } from 'zod';
import { InvalidInputError, messageOf } from '../errors.js';
import type { Hit, Rankings } from '../records.js';
import type { Hits } from '../retrieval/hits.js';

/**
 * One arm's rankings as Parquet: `queryId`, `rank` (1 is best), `docId`, `score` (float32), and `shard` and
 * `row`, where the passage stands among the corpus's artifacts. Rows are ordered by query and rank. Written by
 * column, because there are millions of rows: some twenty times as fast as row by row. Equal input gives equal
 * bytes.
 * @param arm id, one of `hits.arms`
 * @param queryIds in the order that was searched with
 */
export function rankingsToParquet(hits: Hits, arm: string, queryIds: readonly string[]): Uint8Array {
  const position = hits.arms.indexOf(arm);
  if (position === -1 || queryIds.length !== hits.queries)
    throw new Error(
      `Writing rankings of arm ${arm} and ${queryIds.length} queries: the hits are of ${hits.queries} queries and arms ${hits.arms.join(', ')}`,
    );
  const first = position * hits.queries;
  const start = hits.offsets[first] as number;
  const end = hits.offsets[first + hits.queries] as number;
  const queries: string[] = [];
  const ranks = new Int32Array(end - start);
  queryIds.forEach((queryId, q) => {
    const from = hits.offsets[first + q] as number;
    const to = hits.offsets[first + q + 1] as number;
    for (let i = from; i < to; i++) {
      queries.push(queryId);
      ranks[i - start] = i - from + 1;
    }
  });
  const docs = Array.from(hits.docs.subarray(start, end));
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'queryId', data: queries, type: 'STRING', nullable: false },
      { name: 'rank', data: ranks, type: 'INT32', nullable: false },
      { name: 'docId', data: docs.map((doc) => hits.docIds[doc] as string), type: 'STRING', nullable: false },
      { name: 'score', data: hits.scores.subarray(start, end), type: 'FLOAT', nullable: false },
      {
        name: 'shard',
        data: Int32Array.from(docs, (doc) => hits.shards[doc] as number),
        type: 'INT32',
        nullable: false,
      },
      {
        name: 'row',
        data: Int32Array.from(docs, (doc) => hits.rows[doc] as number),
        type: 'INT32',
        nullable: false,
      },
    ],
    rowGroupSize: 100_000,
    // Readers that prune compare strings by bytes; the writer's minimum and maximum are by UTF-16 unit.
    statistics: false,
  });
  return new Uint8Array(buffer);
}

const RankingRowSchema = z.object({
  queryId: z.string(),
  rank: z.int().min(1),
  docId: z.string(),
  score: z.number(),
  shard: z.int().min(0),
  row: z.int().min(0),
});

/** One hit, with the place of its passage. */
export type RankingRow = z.infer<typeof RankingRowSchema>;

/**
 * Reads what {@link rankingsToParquet} writes, in the order of the file.
 * @throws InvalidInputError when the bytes are something else
 */
export async function rankingRowsFromParquet(bytes: Uint8Array): Promise<RankingRow[]> {
  try {
    const file = new Uint8Array(bytes).buffer;
    return z.array(RankingRowSchema).parse(await parquetReadObjects({ file, compressors }));
  } catch (error) {
    throw new InvalidInputError(`Reading rankings from Parquet: ${messageOf(error)}`, { cause: error });
  }
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

/** One arm's rankings of some hits, as records: one query after the other. */
export function* rankingsOfHits(
  hits: Hits,
  arm: string,
  queryIds: readonly string[],
): Generator<[queryId: string, hits: Hit[]]> {
  const first = hits.arms.indexOf(arm) * hits.queries;
  for (const [q, queryId] of queryIds.entries()) {
    const start = hits.offsets[first + q] as number;
    const end = hits.offsets[first + q + 1] as number;
    const docs = Array.from(hits.docs.subarray(start, end));
    yield [
      queryId,
      docs.map((doc, i) => ({ docId: hits.docIds[doc] as string, score: hits.scores[start + i] as number })),
    ];
  }
}
