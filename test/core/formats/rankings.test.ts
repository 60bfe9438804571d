import assert from 'node:assert/strict';
import { hitsFromIpc, hitsToIpc } from '../../../core/formats/hits.js';
import { rowsToParquet } from '../../../core/formats/parquet.js';
import {
  rankingColumns,
  rankingRows,
  rankingRowsFromParquet,
  rankingsOf,
  rankingsOfHits,
} from '../../../core/formats/rankings.js';
import type { Hits } from '../../../core/retrieval/hits.js';

/** Two arms and three queries; the second query has no hits under the second arm. */
const hits: Hits = {
  arms: ['alone', 'xqg'],
  queries: 3,
  offsets: Uint32Array.of(0, 2, 3, 4, 6, 6, 7),
  docs: Uint32Array.of(0, 2, 1, 0, 2, 1, 0),
  scores: Float32Array.of(0.5, 0.25, 2, 1, 8, 4, -1),
  docIds: ['tiếng', 'd1', 'd2'],
  shards: Uint32Array.of(0, 0, 7),
  rows: Uint32Array.of(5, 6, 16000),
};
const queryIds = ['q0', 'q1', 'q2'];
const toParquet = (arm: string) => rowsToParquet(rankingColumns, rankingRows(hits, arm, queryIds));

describe('hits as Arrow', () => {
  it('come back as they were', () => {
    assert.deepEqual(hitsFromIpc(hitsToIpc(hits)), hits);
  });

  it('may be none', () => {
    const none: Hits = {
      ...hits,
      offsets: new Uint32Array(7),
      docs: new Uint32Array(0),
      scores: new Float32Array(0),
      docIds: [],
      shards: new Uint32Array(0),
      rows: new Uint32Array(0),
    };
    assert.deepEqual(hitsFromIpc(hitsToIpc(none)), none);
  });

  it('have the same bytes each time', () => {
    assert.deepEqual(hitsToIpc(hits), hitsToIpc(hits));
  });

  it('refuse bytes that are something else', () => {
    assert.throws(
      () => hitsFromIpc(Buffer.from('nothing of the kind')),
      /Reading hits of a search from Arrow IPC/,
    );
  });
});

describe('rankings as Parquet', () => {
  it('hold one arm: query, rank, passage, score and place', async () => {
    assert.deepEqual(await rankingRowsFromParquet(await toParquet('xqg')), [
      { queryId: 'q0', rank: 1, docId: 'd2', score: 8, shard: 7, row: 16000 },
      { queryId: 'q0', rank: 2, docId: 'd1', score: 4, shard: 0, row: 6 },
      { queryId: 'q2', rank: 1, docId: 'tiếng', score: -1, shard: 0, row: 5 },
    ]);
  });

  it('make the same records as the hits', async () => {
    const rows = await rankingRowsFromParquet(await toParquet('alone'));
    assert.deepEqual(rankingsOf(rows), new Map(rankingsOfHits(hits, 'alone', queryIds)));
  });

  it('have the same bytes each time', async () => {
    assert.deepEqual(await toParquet('alone'), await toParquet('alone'));
  });

  it('refuse bytes that are something else', async () => {
    await assert.rejects(rankingRowsFromParquet(Buffer.from('nothing')), /Reading rankings/);
  });
});
