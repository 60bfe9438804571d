import assert from 'node:assert/strict';
import { openIntegerGemm } from '../../../core/retrieval/gemm.js';
import { QuantisedRows } from '../../../core/retrieval/quantised-rows.js';
import { tileQueries } from '../../../core/retrieval/query-tiles.js';
import { ScanKernel } from '../../../core/retrieval/scan-kernel.js';
import { planScores } from '../../../core/retrieval/score-plan.js';
import { arm, randomVectors } from './search-fixtures.js';

const WIDTH = 96;
const ROWS = 256;
const QUERIES = 40;

/** Every bound, and the inner product that it is a bound of, for unit queries. */
async function boundsOf(rows: Float32Array, queryData: Float32Array, largest: number) {
  const kernel = new ScanKernel();
  const ids = Array.from({ length: QUERIES }, (_, i) => `q${i}`);
  const encoded = { ids, data: queryData, dimensions: WIDTH };
  const plan = planScores([arm('a', 'cosine')], encoded);
  const queries = tileQueries(kernel, encoded, plan, largest);
  const vectors = kernel.floats(ROWS * WIDTH);
  vectors.values.set(rows);
  const quantised = new QuantisedRows(kernel, vectors, WIDTH, queries);
  quantised.fill(ROWS);
  const [tile] = queries.tiles;
  const products = kernel.bytes(ROWS * tile!.padded);
  await quantised.multiply(await openIntegerGemm(1), ROWS, tile!, products);
  const base = kernel.floats(tile!.padded);
  kernel.functions.add(quantised.base(0), tile!.padded, base.address);
  return Array.from({ length: ROWS * QUERIES }, (_, i) => {
    const [passage, query] = [Math.floor(i / QUERIES), i % QUERIES];
    const steps = products.values[passage * tile!.padded + query]!;
    const remainder = quantised.remainders.values[passage]!;
    const offset = quantised.offsets.values[passage]! + remainder * tile!.errors.values[query]!;
    const bound = base.values[query]! + quantised.unit * steps + offset;
    let product = 0;
    for (let d = 0; d < WIDTH; d++)
      product += rows[passage * WIDTH + d]! * queryData[query * WIDTH + d]! * plan.inverseQueryNorms[query]!;
    return { bound, product, remainder, steps };
  });
}

const shifted = (values: Float32Array, by: number) => values.map((value, i) => value + (i % WIDTH) * by);

describe('bounds from products in 8 bits', () => {
  const rows = randomVectors(ROWS, WIDTH, 1);
  const queries = randomVectors(QUERIES, WIDTH, 2);
  const outliers = rows.map((value, i) => (i % 997 === 0 ? value * 1000 : value));
  for (const [name, passages, asked] of [
    ['vectors in all directions', rows, queries],
    ['vectors with a large mean in common', shifted(rows, 0.3), shifted(queries, 0.3)],
    ['vectors of very different lengths', outliers, queries],
    ['vectors that are all the same', rows.map((_, i) => rows[i % WIDTH]!), queries],
    ['zeros', new Float32Array(rows.length), queries],
    ['queries that are all the same', rows, queries.map((_, i) => queries[i % WIDTH]!)],
    ['very long vectors', rows.map((value) => value * 1e12), queries],
    ['very short vectors', rows.map((value) => value * 1e-12), queries],
    ['vectors too short for float32', rows.map((value) => value * 1e-25), queries],
  ] as const)
    it(`are never below the product: ${name}`, async () => {
      for (const largest of [127, 64])
        for (const { bound, product } of await boundsOf(passages, asked, largest))
          assert.ok(bound >= product);
    });

  it('are close to it', async () => {
    const all = await boundsOf(rows, queries, 127);
    // Of products that are negative only that is known.
    const known = all.filter(({ steps }) => steps > 0);
    assert.ok(known.length > all.length / 3);
    for (const { bound, product, remainder } of known) assert.ok(bound - product < 0.04 * remainder);
  });
});
