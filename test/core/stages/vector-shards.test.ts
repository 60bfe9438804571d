import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { artifactRef, type ArtifactSpec } from '../../../core/artifacts/artifact.js';
import { writeShard, type PartDraft } from '../../../core/artifacts/shard-writer.js';
import { commitStage } from '../../../core/artifacts/stage-artifact.js';
import { addColumnTotals, columnTotalsToJson } from '../../../core/formats/column-totals.js';
import { ColumnMemory } from '../../../core/formats/column-memory.js';
import { vectorsToIpc, type VectorBatch } from '../../../core/formats/vectors.js';
import { totalsOf } from '../../../core/retrieval/column-means.js';
import { readColumnMeans } from '../../../core/stages/column-means.js';
import { BatchStack, readVectorShard } from '../../../core/stages/vector-shards.js';
import { openStore } from '../../../core/store/open-store.js';
import { ObjectNotFoundError, type Store } from '../../../core/store/store.js';
import { docIds, slice, sumsBatch } from '../retrieval/search-fixtures.js';

const DIMENSIONS = 8;
const columns = ['ar:1', 'ar:3', 'ja:1'];
const sums = sumsBatch(docIds(50), DIMENSIONS, columns, 1);
const spec: ArtifactSpec = { stage: 'accumulate', version: 1, inputs: {}, options: {}, models: {} };
const ref = artifactRef(spec);

/** A shard in blocks of 7 passages, and its totals aside, as accumulate writes them. */
async function writeSums(store: Store, shard: number, batch: VectorBatch): Promise<void> {
  const blocks = Math.ceil(batch.ids.length / 7);
  const block = (index: number) => slice(batch, index * 7, Math.min(batch.ids.length, (index + 1) * 7));
  const total = { passages: 0, totals: new Map<string, Float64Array>() };
  const make = (index: number): PartDraft => {
    if (index === blocks)
      return { bytes: columnTotalsToJson(total), extension: 'json', rows: 0, aside: true };
    addColumnTotals(total, totalsOf(block(index)));
    return {
      bytes: vectorsToIpc(block(index), 'float32'),
      extension: 'arrow',
      rows: block(index).ids.length,
    };
  };
  await writeShard(store, ref, shard, { blocks: blocks + 1, make: (index) => Promise.resolve(make(index)) });
}

function stack(batches: readonly VectorBatch[], what: string): VectorBatch {
  const stacked = new BatchStack(
    batches.reduce((rows, { ids }) => rows + ids.length, 0),
    what,
  );
  for (const batch of batches) stacked.add(batch);
  return stacked.whole();
}

describe('vectors of a shard', () => {
  let folder = '';
  let store: Store;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-stages-'));
    store = await openStore(folder);
    await writeSums(store, 0, slice(sums, 0, 20));
    await writeSums(store, 1, slice(sums, 20, 50));
    await commitStage(store, spec, 2);
  });
  after(() => rm(folder, { recursive: true }));

  it('are its parts one under the other', async () => {
    assert.deepEqual(await readVectorShard(store, ref, 1), slice(sums, 20, 50));
  });

  it('are only the columns asked for', async () => {
    const { columns: read } = await readVectorShard(store, ref, 0, { keep: (name) => name === 'ja:1' });
    assert.deepEqual(read, slice(sums, 0, 20).columns.slice(2));
  });

  it('lie over those of the shard before where memory is given', async () => {
    const memory = new ColumnMemory();
    const first = await readVectorShard(store, ref, 1, { memory });
    assert.deepEqual(first, slice(sums, 20, 50));
    const second = await readVectorShard(store, ref, 0, { memory });
    assert.deepEqual(second, slice(sums, 0, 20));
    second.columns.forEach(({ data }, i) => assert.equal(data.buffer, first.columns[i]!.data.buffer));
  });

  it('are not to be had of a shard that is not committed', async () => {
    await assert.rejects(readVectorShard(store, ref, 2), ObjectNotFoundError);
  });

  it('are refused when parts differ in dimensions', () => {
    const other = sumsBatch(['x'], DIMENSIONS + 1, columns, 1);
    assert.throws(
      () => stack([sums, other], 'accumulate k, shard 3'),
      /vectors of accumulate k, shard 3: expected docId 8 dimensions ar:1,ar:3,ja:1, found docId 9 dimensions/,
    );
  });

  it('are refused when parts differ in columns', () => {
    const other = { ...sums, columns: sums.columns.slice(1) };
    assert.throws(() => stack([sums, other], 'x'), /found docId 8 dimensions ar:3,ja:1/);
  });

  it('are refused when there are none', () => {
    assert.throws(() => stack([], 'x'), /there are none/);
  });

  it('are refused when there are more or fewer than were committed', () => {
    for (const [rows, found] of [
      [60, '50'],
      [40, 'at least 50'],
    ] as const) {
      const stacked = new BatchStack(rows, 'x');
      assert.throws(
        () => {
          stacked.add(slice(sums, 0, 30));
          stacked.add(slice(sums, 30, 50));
          stacked.whole();
        },
        new RegExp(`expected ${rows} rows, as were committed, found ${found}$`),
      );
    }
  });

  it('have the mean over the corpus that adding up by hand gives', async () => {
    const means = await readColumnMeans(store, ref);
    assert.deepEqual([...means.keys()].sort(), columns);
    for (const { name, data } of sums.columns) {
      const mean = means.get(name);
      for (let d = 0; d < DIMENSIONS; d++) {
        let naive = 0;
        for (let row = 0; row < sums.ids.length; row++)
          naive += (data[row * DIMENSIONS + d] ?? NaN) / sums.ids.length;
        assert.ok(
          Math.abs((mean?.[d] ?? NaN) - naive) < 1e-6,
          `${name} ${d}: ${mean?.[d]}, expected ${naive}`,
        );
      }
    }
  });

  it('have no mean before the stage is committed', async () => {
    await assert.rejects(readColumnMeans(store, { ...ref, key: 'none' }), ObjectNotFoundError);
  });
});
