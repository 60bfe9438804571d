import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RecordBatchReader, type Schema } from 'apache-arrow';
import { InvalidInputError } from '../errors.js';
import { MessageSource } from './arrow-messages.js';
import { ColumnMemory } from './column-memory.js';
import { ChunkedFileWriter, RECORD_BATCH_ROWS, recordBatchesOf, schemaOf } from './vectors-arrow.js';
import { batchFromArrow, explain, isCopied, layoutOf } from './vectors-from-arrow.js';
import type { Precision, VectorBatch } from './vectors.js';

const MAGIC = Buffer.from('ARROW1');
/** What ends an Arrow IPC stream: the continuation mark and a length of 0. */
const END_OF_STREAM = Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

export interface ReadVectorFileOptions {
  /**
   * Whether the `data` of a batch's columns may lie in memory that the next batch is read into, which is several times as
   * fast. It is good until the next batch is asked for: copy what is needed for longer, and don't collect batches. Ids and
   * all else of a batch stay good. Without, each batch has memory of its own.
   * @default false
   */
  reuse?: boolean;
}

/**
 * Vectors of a local Arrow IPC file or stream (told apart by content), at most 4,096 rows at a time; what is in
 * memory at once is one of the file's own record batches.
 * @throws InvalidInputError when the file is missing, empty, truncated, compressed, or holds other columns
 */
export async function* readVectorFile(
  path: string,
  { reuse = false }: ReadVectorFileOptions = {},
): AsyncGenerator<VectorBatch> {
  const memory = reuse ? new ColumnMemory() : undefined;
  let file: FileHandle | undefined;
  let rows = 0;
  try {
    file = await open(path);
    await assertWhole(file);
    const source = await MessageSource.open(file);
    source.reuse = reuse;
    for await (const recordBatch of await RecordBatchReader.from(source)) {
      const layout = layoutOf(recordBatch.schema);
      source.reuse = reuse || isCopied(layout);
      for (let start = 0; start < recordBatch.numRows; start += RECORD_BATCH_ROWS) {
        const end = Math.min(recordBatch.numRows, start + RECORD_BATCH_ROWS);
        yield batchFromArrow(recordBatch, layout, start, end, memory);
      }
      rows += recordBatch.numRows;
    }
    if (rows === 0) throw new InvalidInputError('expected vectors, found no rows');
  } catch (error) {
    throw new InvalidInputError(`Reading vectors from ${path}: ${explain(error)}`, { cause: error });
  } finally {
    await file?.close().catch(() => undefined); // apache-arrow may have closed it already
  }
}

/** apache-arrow reads a stream that was cut between two messages as a shorter one: look at the end first. */
async function assertWhole(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const head = await readAt(file, 0, MAGIC.length);
  if (head.equals(MAGIC)) {
    const tail = await readAt(file, Math.max(0, size - MAGIC.length), MAGIC.length);
    if (size > 2 * MAGIC.length && tail.equals(MAGIC)) return;
    throw new InvalidInputError(`the Arrow file is truncated: it does not end with ARROW1 (${size} bytes)`);
  }
  if (!head.subarray(0, 4).equals(END_OF_STREAM.subarray(0, 4)))
    throw new InvalidInputError('expected an Arrow IPC file or stream, found something else');
  const tail = await readAt(file, Math.max(0, size - END_OF_STREAM.length), END_OF_STREAM.length);
  if (!tail.equals(END_OF_STREAM))
    throw new InvalidInputError(`the Arrow stream is truncated: it has no end mark (${size} bytes)`);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Writes vectors to a local Arrow IPC file that appears, whole, on `close`. */
export interface VectorFileWriter {
  /** Appends rows. All batches have the first one's id column, dimensions and vector columns. */
  write(batch: VectorBatch): Promise<void>;
  /** Completes the file and gives it its name. At least one batch must have been written. */
  close(): Promise<void>;
  /** Gives up: removes what was written. No effect after `close`. */
  discard(): Promise<void>;
}

/**
 * Opens a writer of vectors that keeps no more than a batch in memory. Bytes follow from the batches written.
 * @param metadata goes into the schema, keys sorted
 */
export function openVectorFileWriter(
  path: string,
  precision: Precision,
  metadata: Record<string, string> = {},
): VectorFileWriter {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const writer = new ChunkedFileWriter();
  let file: FileHandle | undefined;
  let schema: Schema | undefined;
  let shape = '';

  const flush = async (): Promise<void> => {
    if (file) await writeAll(file, writer.takeChunks());
  };
  const discard = async (): Promise<void> => {
    await file?.close();
    file = undefined;
    await rm(temporary, { force: true });
  };
  return {
    async write(batch) {
      if (!schema) {
        await mkdir(dirname(path), { recursive: true });
        file = await open(temporary, 'wx');
        schema = schemaOf(batch, precision, metadata);
        shape = shapeOf(batch);
        writer.reset(undefined, schema);
      }
      if (shapeOf(batch) !== shape)
        throw new InvalidInputError(
          `Writing vectors to ${path}: expected ${shape} as in the first batch, found ${shapeOf(batch)}`,
        );
      for (const recordBatch of recordBatchesOf(batch, schema, precision, true)) {
        writer.write(recordBatch);
        await flush();
      }
    },
    async close() {
      if (!file) throw new InvalidInputError(`Writing vectors to ${path}: there are none`);
      writer.finish();
      await flush();
      await file.sync();
      await file.close();
      file = undefined;
      await rename(temporary, path);
    },
    discard,
  };
}

/** In one system call, where the disk takes it so: chunks are many, and most are tiny. */
async function writeAll(file: FileHandle, chunks: Uint8Array[]): Promise<void> {
  const { bytesWritten } = await file.writev(chunks);
  const bytes = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (bytesWritten < bytes) await file.writeFile(Buffer.concat(chunks).subarray(bytesWritten));
}

function shapeOf(batch: VectorBatch): string {
  const columns = batch.columns.map((column) => column.name).join(', ');
  return `${batch.idColumn}; ${columns} of ${batch.dimensions} dimensions`;
}
