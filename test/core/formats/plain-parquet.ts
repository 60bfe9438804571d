import parquetjs, { type LeafField } from 'parquetjs-lite';

/** A Parquet file by parquetjs-lite itself, which our own writer's choices do not reach. */
export async function plainParquet(
  schema: Record<string, LeafField>,
  rows: readonly Record<string, unknown>[],
  options: { rowGroupSize?: number; pageSize?: number } = {},
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = {
    write: (chunk: Buffer, done: () => void) => {
      chunks.push(chunk);
      done();
    },
    end: (done: () => void) => done(),
  };
  const writer = await parquetjs.ParquetWriter.openStream(new parquetjs.ParquetSchema(schema), sink, {
    ...options,
    pageIndex: false,
  });
  for (const row of rows) await writer.appendRow(row);
  await writer.close();
  return Buffer.concat(chunks);
}
