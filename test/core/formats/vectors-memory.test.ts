import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FixedSizeList,
  Field,
  Float16,
  Float32,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Struct,
  Utf8,
  makeData,
  vectorFromArray,
} from 'apache-arrow';
import { toFloat16Bits } from '../../../core/formats/float16.js';
import { schemaOf } from '../../../core/formats/vectors-arrow.js';
import {
  readVectorFile,
  type Precision,
  type ReadVectorFileOptions,
  type VectorBatch,
} from '../../../core/formats/vectors.js';

const DIMENSIONS = 16;
/** The third is small and read otherwise, the last fits in the place of the one before. */
const SIZES = [3000, 10_000, 5, 4000, 9000, 2500];
const PIECES = [3000, 4096, 4096, 1808, 5, 4000, 4096, 4096, 808, 2500];

/** Values that float16 holds exactly, other ones in each of a few thousand rows. */
const valueAt = (i: number): number => (i % 2039) / 8 - 100;
const ROWS = SIZES.reduce((sum, size) => sum + size, 0);
const VALUES = Float32Array.from({ length: ROWS * DIMENSIONS }, (_, i) => valueAt(i));
const IDS = Array.from({ length: ROWS }, (_, row) => `d${row}`);

/** An Arrow file or stream with record batches of these sizes, which our own writer would cut. */
function arrowOf(form: 'file' | 'stream', precision: Precision, sizes: readonly number[]): Uint8Array {
  const shape = {
    ids: [],
    dimensions: DIMENSIONS,
    columns: [{ name: 'embedding', data: new Float32Array(0) }],
  };
  const schema = schemaOf({ idColumn: 'docId', ...shape }, precision, {});
  const writer = form === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter();
  writer.reset(undefined, schema);
  let row = 0;
  for (const length of sizes) {
    const values = VALUES.subarray(row * DIMENSIONS, (row + length) * DIMENSIONS);
    const child =
      precision === 'float16'
        ? makeData({ type: new Float16(), length: values.length, nullCount: 0, data: toFloat16Bits(values) })
        : makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values });
    const type = new FixedSizeList(DIMENSIONS, new Field('item', child.type, false));
    const ids = vectorFromArray(IDS.slice(row, row + length), new Utf8()).data[0]!;
    const children = [ids, makeData({ type, length, nullCount: 0, child })];
    writer.write(new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, children })));
    row += length;
  }
  writer.finish();
  return writer.toUint8Array(true);
}

describe('memory of vectors that are read', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-vectors-memory-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function* read(
    form: 'file' | 'stream',
    precision: Precision,
    sizes: readonly number[],
    options?: ReadVectorFileOptions,
  ): AsyncGenerator<VectorBatch> {
    const path = join(folder, 'v.arrow');
    await writeFile(path, arrowOf(form, precision, sizes));
    yield* readVectorFile(path, options);
  }

  function assertRows({ ids, columns }: VectorBatch, start: number): void {
    const end = start + ids.length;
    assert.deepEqual(ids, IDS.slice(start, end));
    assert.deepEqual(columns[0]?.data, VALUES.subarray(start * DIMENSIONS, end * DIMENSIONS));
  }

  for (const form of ['file', 'stream'] as const)
    for (const precision of ['float16', 'float32'] as const)
      describe(`${precision}, a ${form}`, () => {
        it('is by default each batch’s own: all keep their values', async () => {
          const batches: VectorBatch[] = [];
          for await (const batch of read(form, precision, SIZES)) batches.push(batch);
          let row = 0;
          for (const batch of batches) {
            assertRows(batch, row);
            row += batch.ids.length;
          }
          assert.equal(row, ROWS);
        });

        it('holds the right values of each batch while it is used again', async () => {
          const pieces: number[] = [];
          let row = 0;
          for await (const batch of read(form, precision, SIZES, { reuse: true })) {
            assertRows(batch, row);
            row += batch.ids.length;
            pieces.push(batch.ids.length);
          }
          assert.deepEqual(pieces, PIECES);
        });

        it('is used again when told so, for sizes that differ a little, too', async () => {
          const buffers = new Set<unknown>();
          for await (const { columns } of read(form, precision, [3000, 2900, 3100], { reuse: true }))
            buffers.add(columns[0]?.data.buffer);
          assert.equal(buffers.size, 1);
        });
      });
});
