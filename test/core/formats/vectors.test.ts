import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError } from '../../../core/errors.js';
import {
  openVectorFileWriter,
  readVectorFile,
  vectorsFromIpc,
  vectorsToIpc,
  type VectorBatch,
} from '../../../core/formats/vectors.js';
import { projectRoot } from '../../../core/project-root.js';

const golden = join(projectRoot(), 'test/golden/vectors');

/** Values that float16 holds exactly. */
function exampleBatch(rows: number, dimensions = 3): VectorBatch {
  const data = Float32Array.from({ length: rows * dimensions }, (_, i) => (i % 2048) / 8 - 100);
  return {
    idColumn: 'docId',
    ids: Array.from({ length: rows }, (_, row) => `dök-${row}`),
    dimensions,
    columns: [
      { name: 'ar:1', data },
      { name: 'ar:3', data: data.map((value) => value / 2) },
    ],
  };
}

async function readAll(path: string): Promise<VectorBatch[]> {
  const batches: VectorBatch[] = [];
  for await (const batch of readVectorFile(path)) batches.push(batch);
  return batches;
}

describe('vectors in memory', () => {
  for (const precision of ['float16', 'float32'] as const)
    it(`come back as they went in, over several record batches (${precision})`, () => {
      const batch = exampleBatch(9000);
      assert.deepEqual(vectorsFromIpc(vectorsToIpc(batch, precision)), batch);
    });

  it('are the same bytes for the same content, whatever the order of the metadata', () => {
    const [one, other] = [
      { a: '1', b: '2' },
      { b: '2', a: '1' },
    ].map((metadata) => vectorsToIpc(exampleBatch(5), 'float32', metadata));
    assert.deepEqual(one, other);
  });

  it('may be none', () => {
    assert.deepEqual(vectorsFromIpc(vectorsToIpc(exampleBatch(0), 'float16')), exampleBatch(0));
  });

  it('are refused when a value is not finite', () => {
    const batch = exampleBatch(4);
    batch.columns[1]!.data[7] = NaN;
    assert.throws(() => vectorsToIpc(batch, 'float32'), /ar:3 of dök-2 holds NaN/);
  });

  it('are refused as float16 when a value is too large for it', () => {
    const batch = exampleBatch(4);
    batch.columns[0]!.data[0] = 70_000;
    assert.throws(() => vectorsToIpc(batch, 'float16'), /holds 70000, more than float16 can \(65504\)/);
  });

  for (const precision of ['float16', 'float32'] as const)
    it(`are refused for a value that is not finite anywhere in the last record batch (${precision})`, () => {
      const dimensions = 3;
      for (const row of [4096, 5000, 5001, 5002])
        for (const value of [NaN, -Infinity]) {
          const batch = exampleBatch(5003, dimensions);
          batch.columns[0]!.data[row * dimensions + 2] = value;
          assert.throws(
            () => vectorsToIpc(batch, precision),
            new RegExp(`ar:1 of dök-${row} holds ${value}; the model`),
          );
        }
    });

  it('are refused when the file is cut', () => {
    const bytes = vectorsToIpc(exampleBatch(100), 'float32');
    assert.throws(() => vectorsFromIpc(bytes.subarray(0, 900)), InvalidInputError);
  });
});

describe('vector files of pyarrow', () => {
  const expected = Float32Array.from({ length: 40 }, (_, i) => Math.floor(i / 4) + (i % 4) / 8);

  for (const name of [
    'file-float16',
    'file-float32',
    'file-float64',
    'stream-float16',
    'stream-float32',
    'large-string',
  ])
    it(`are read, one record batch at a time: ${name}`, async () => {
      const batches = await readAll(join(golden, `${name}.arrow`));
      assert.deepEqual(
        batches.map(({ ids }) => ids.length),
        [4, 4, 2],
      );
      assert.deepEqual(
        batches.flatMap(({ ids }) => ids),
        Array.from({ length: 10 }, (_, row) => `d${row}`),
      );
      const values = batches.flatMap(({ columns }) => [...columns[0]!.data]);
      assert.deepEqual(Float32Array.from(values), expected);
    });

  it('are refused when compressed', async () => {
    await assert.rejects(
      readAll(join(golden, 'compressed.arrow')),
      /compressed\.arrow: .*without compression/,
    );
  });

  it('are refused when their vectors have different dimensions', async () => {
    await assert.rejects(
      readAll(join(golden, 'two-dimensions.arrow')),
      /vectors of different dimensions: embedding has 4, other has 3/,
    );
  });
});

describe('vector files', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-vectors-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('hold what was written, in pieces of at most 4,096 rows', async () => {
    const path = join(folder, 'new/whole.arrow');
    const writer = openVectorFileWriter(path, 'float32');
    await writer.write(exampleBatch(5000));
    await writer.write(exampleBatch(10));
    await writer.close();
    const batches = await readAll(path);
    assert.deepEqual(
      batches.map(({ ids }) => ids.length),
      [4096, 904, 10],
    );
    assert.deepEqual(batches[2], exampleBatch(10));
  });

  for (const precision of ['float16', 'float32'] as const)
    it(`keep each record batch as it was while the next ones are read (${precision})`, async () => {
      const path = join(folder, `several-${precision}.arrow`);
      // The last record batch is large, and smaller than the one before, so that it would fit in its place.
      const batch = exampleBatch(11_300, 16);
      const writer = openVectorFileWriter(path, precision);
      await writer.write(batch);
      await writer.close();
      const batches = await readAll(path);
      assert.deepEqual(vectorsFromIpc(await readFile(path)), batch);
      assert.deepEqual(
        batches.flatMap(({ ids }) => ids),
        batch.ids,
      );
      for (const [i, { data }] of batch.columns.entries())
        assert.deepEqual(Float32Array.from(batches.flatMap(({ columns }) => [...columns[i]!.data])), data);
    });

  it('have the same bytes as vectors written in memory', async () => {
    const path = join(folder, 'same.arrow');
    const writer = openVectorFileWriter(path, 'float16', { encoder: 'e5' });
    await writer.write(exampleBatch(5000));
    await writer.close();
    const inMemory = vectorsToIpc(exampleBatch(5000), 'float16', { encoder: 'e5' });
    assert.ok((await readFile(path)).equals(inMemory));
  });

  it('appear only when they are whole', async () => {
    const inside = await mkdtemp(join(folder, 'partial-'));
    const writer = openVectorFileWriter(join(inside, 'x.arrow'), 'float32');
    await writer.write(exampleBatch(3));
    assert.ok(!(await readdir(inside)).includes('x.arrow'));
    await writer.discard();
    assert.deepEqual(await readdir(inside), []);
  });

  it('refuse batches of different dimensions', async () => {
    const writer = openVectorFileWriter(join(folder, 'mixed.arrow'), 'float32');
    await writer.write(exampleBatch(3, 3));
    await assert.rejects(writer.write(exampleBatch(3, 4)), /expected docId; ar:1, ar:3 of 3 dimensions/);
    await writer.discard();
  });

  it('are refused when truncated, also between two messages of a stream', async () => {
    const path = join(folder, 'cut.arrow');
    const file = await readFile(join(golden, 'file-float32.arrow'));
    const stream = await readFile(join(golden, 'stream-float32.arrow'));
    for (const cut of [file.subarray(0, -40), stream.subarray(0, -8)]) {
      await writeFile(path, cut);
      await assert.rejects(readAll(path), /cut\.arrow: the Arrow (file|stream) is truncated/);
    }
  });

  it('are refused when they are something else', async () => {
    const path = join(folder, 'text.arrow');
    await writeFile(path, 'not vectors at all');
    await assert.rejects(readAll(path), /text\.arrow: expected an Arrow IPC file or stream/);
  });
});
