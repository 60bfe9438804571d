/** Vectors into an Arrow file, or out of it, as `xqg encode` writes and `xqg search` reads them. */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { openVectorFileWriter, readVectorFile, type VectorBatch } from '../../../core/formats/vectors.js';
import { serveSide, type SideWork } from '../side.js';

const InputSchema = z.strictObject({
  work: z.enum(['write', 'read', 'stream']),
  precision: z.enum(['float16', 'float32']),
  /** float32, row-major */
  values: z.string(),
  dimensions: z.int(),
  file: z.string(),
});

await serveSide(InputSchema, async ({ work, precision, values, dimensions, file }) => {
  const bytes = await readFile(values);
  const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const ids = Array.from({ length: data.length / dimensions }, (_, row) => `passage-${row}`);
  const write = async (): Promise<undefined> => {
    const writer = openVectorFileWriter(file, precision);
    await writer.write({ idColumn: 'docId', ids, dimensions, columns: [{ name: 'embedding', data }] });
    await writer.close();
    return undefined;
  };
  if (work === 'write') return { run: write, save: async (path) => writeFile(path, await readFile(file)) };
  await write();
  return work === 'read' ? readWhole(file) : readInPieces(file);
});

function readWhole(file: string): SideWork {
  let batches: VectorBatch[] = [];
  return {
    run: async () => {
      const read: VectorBatch[] = [];
      for await (const batch of readVectorFile(file)) read.push(batch);
      batches = read;
      return undefined;
    },
    save: (path) => {
      const ids = batches.map((batch) => batch.ids);
      const values = batches.flatMap(({ columns }) => columns.map(({ data }) => data));
      return saveRows(path, ids, values);
    },
  };
}

/** Keeps of a row the id and the first value. */
function readInPieces(file: string): SideWork {
  let ids: string[][] = [];
  let firsts: Float32Array[] = [];
  return {
    run: async () => {
      ids = [];
      firsts = [];
      for await (const batch of readVectorFile(file, { reuse: true })) {
        ids.push(batch.ids);
        firsts.push(...batch.columns.map(({ data }) => firstOfRows(data, batch.dimensions)));
      }
      return undefined;
    },
    save: (path) => saveRows(path, ids, firsts),
  };
}

function firstOfRows(data: Float32Array, dimensions: number): Float32Array {
  const firsts = new Float32Array(data.length / dimensions);
  for (let row = 0; row < firsts.length; row++) firsts[row] = data[row * dimensions] as number;
  return firsts;
}

/** A save of the peer's has the same bytes. */
function saveRows(path: string, ids: string[][], values: Float32Array[]): Promise<void> {
  return writeFile(path, [
    ids.flat().join('\n'),
    ...values.map((piece) => new Uint8Array(piece.slice().buffer)),
  ]);
}
