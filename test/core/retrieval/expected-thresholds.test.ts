import assert from 'node:assert/strict';
import { placesNeeded } from '../../../core/retrieval/expected-thresholds.js';
import { ArmSearch } from '../../../core/retrieval/search.js';
import { tilesOf, type Stretch } from '../../../core/retrieval/tile-order.js';
import { arm, docIds, passageBatch, randomVectors, slice, sumsBatch } from './search-fixtures.js';

const DIMENSIONS = 24;
const ROWS = 16_384;
const DEPTH = 20;
const CAPACITY = 2048;
/** Too few passages for expectations, see `ExpectedThresholds.of`. */
const SMALL = 8 * DEPTH - 1;

const arms = [
  arm('dot', 'dot'),
  arm('added', 'cosine', { questions: 'mini', alpha: 0.2, perLanguage: 1, languages: ['ar', 'ru'] }),
];
const queries = {
  ids: docIds(40),
  data: randomVectors(40, DIMENSIONS, 7),
  dimensions: DIMENSIONS,
};
const ids = docIds(ROWS);
const sums = sumsBatch(ids, DIMENSIONS, ['ar:1', 'ru:1'], 100);

/** Hits by passage, where the vectors come in shards of `rows`. */
async function search(vectors: Float32Array, rows: number) {
  const passages = passageBatch(ids, vectors);
  const running = new ArmSearch(arms, queries, { depth: DEPTH, seed: 0, threads: 1 });
  for (let first = 0, shard = 0; first < ROWS; first += rows, shard++) {
    const end = Math.min(ROWS, first + rows);
    await running.scan(shard, slice(passages, first, end), new Map([['mini', slice(sums, first, end)]]));
  }
  const { offsets, scores, docs, docIds } = running.hits();
  return { offsets, scores, found: Array.from(docs, (doc) => docIds[doc]) };
}

/** The same vectors in another order: those with the best products with a query are where `places` says. */
function withBestAt(vectors: Float32Array, query: number, places: readonly number[]): Float32Array {
  const row = (i: number) => vectors.slice(i * DIMENSIONS, (i + 1) * DIMENSIONS);
  const asked = queries.data.subarray(query * DIMENSIONS, (query + 1) * DIMENSIONS);
  const product = (i: number) => row(i).reduce((sum, x, d) => sum + x * asked[d]!, 0);
  const best = Array.from({ length: ROWS }, (_, i) => ({ i, product: product(i) }))
    .sort((a, b) => b.product - a.product)
    .map(({ i }) => i);
  const others = Array.from({ length: ROWS }, (_, i) => i).filter((i) => !places.includes(i));
  const sorted = new Float32Array(vectors.length);
  [...places, ...others].forEach((to, from) => sorted.set(row(best[from]!), to * DIMENSIONS));
  return sorted;
}

/** Positions in the shard. */
function positionsOf(stretches: readonly Stretch[]): number[] {
  return stretches.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i));
}

describe('thresholds that are expected', () => {
  const vectors = randomVectors(ROWS, DIMENSIONS, 1);
  const tiles = tilesOf(ROWS, CAPACITY).map(positionsOf);

  it('give the same hits as without', async () => {
    assert.deepEqual(await search(vectors, ROWS), await search(vectors, SMALL));
  });

  it('are made up for where the best passages of a query come first', async () => {
    const sorted = withBestAt(vectors, 3, tiles[0]!.slice(0, 300));
    assert.deepEqual(await search(sorted, ROWS), await search(sorted, SMALL));
  });

  it('are of no harm where they come last', async () => {
    const sorted = withBestAt(vectors, 3, tiles[7]!.slice(0, 300));
    assert.deepEqual(await search(sorted, ROWS), await search(sorted, SMALL));
  });

  it('are made up for where scores are equal', async () => {
    const same = vectors.map((_, i) => vectors[i % DIMENSIONS]!);
    assert.deepEqual(await search(same, ROWS), await search(same, SMALL));
  });

  it('keep more places than a part is likely to need, and never more than the depth', () => {
    for (const depth of [1, 10, 100, 1000])
      for (let part = 0.01; part < 1; part += 0.01) {
        const places = placesNeeded(depth, part);
        assert.ok(places <= depth);
        assert.ok(places === depth || places > depth * part + 4 * Math.sqrt(depth * part * (1 - part)));
      }
    assert.equal(placesNeeded(100, 1), 100);
    assert.ok(placesNeeded(100, 1 / 8) < 40);
  });
});

describe('tiles of a shard', () => {
  for (const rows of [1, 64, 2048, 2049, 5000, ROWS])
    it(`hold each of ${rows} passages once, at most 2,048`, () => {
      const tiles = tilesOf(rows, CAPACITY).map(positionsOf);
      for (const tile of tiles) assert.ok(tile.length <= CAPACITY);
      const all = tiles.flat().sort((a, b) => a - b);
      assert.deepEqual(
        all,
        Array.from({ length: rows }, (_, i) => i),
      );
    });

  it('come from all over the shard', () => {
    for (const stretches of tilesOf(ROWS, CAPACITY)) {
      assert.ok(stretches[0]!.first < 1024);
      assert.ok(stretches.at(-1)!.first > ROWS - 1024);
    }
  });
});
