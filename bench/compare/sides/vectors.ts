/** Vectors into an Arrow file, or out of it, as `xqg encode` writes and `xqg search` reads them. */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { openVectorFileWriter, readVectorFile, type VectorBatch } from '../../../core/formats/vectors.js';
import { serveSide } from '../side.js';

const InputSchema = z.strictObject({
  work: z.enum(['write', 'read']),
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
  let batches: VectorBatch[] = [];
  return {
    run: async () => {
      const read: VectorBatch[] = [];
      for await (const batch of readVectorFile(file)) read.push(batch);
      batches = read;
      return undefined;
    },
    save: (path) =>
      writeFile(path, [
        batches.flatMap((batch) => batch.ids).join('\n'),
        ...batches.flatMap(({ columns }) =>
          columns.map((column) => new Uint8Array(column.data.slice().buffer)),
        ),
      ]),
  };
});
