import { RecordBatchReader, type RecordBatch, type Schema } from 'apache-arrow';
import { InvalidInputError } from '../errors.js';
import {
  ChunkedFileWriter,
  batchFromArrow,
  explain,
  layoutOf,
  recordBatchesOf,
  schemaOf,
} from './vectors-arrow.js';

export { openVectorFileWriter, readVectorFile, type VectorFileWriter } from './vectors-file.js';

/** Of vectors on disk; in memory they are always float32. */
export type Precision = 'float16' | 'float32';

export interface VectorColumn {
  /** `embedding`, or for sums `ar:3` or `ar+bn:3`. */
  name: string;
  /** rows × dimensions, row-major */
  data: Float32Array;
}

/** Vectors of some passages or queries: one id column and any number of vector columns of one length. */
export interface VectorBatch {
  idColumn: 'docId' | 'queryId';
  ids: string[];
  dimensions: number;
  columns: VectorColumn[];
}

/**
 * A whole Arrow IPC file: the id column and a `FixedSizeList<float16|float32>[dimensions]` for each vector
 * column, uncompressed, in record batches of at most 4,096 rows. Equal batches give equal bytes.
 * @param metadata goes into the schema, keys sorted
 * @throws InvalidInputError when a value is not finite, or does not fit float16
 */
export function vectorsToIpc(
  batch: VectorBatch,
  precision: Precision,
  metadata: Record<string, string> = {},
): Uint8Array {
  const schema = schemaOf(batch, precision, metadata);
  const writer = new ChunkedFileWriter();
  writer.reset(undefined, schema);
  for (const recordBatch of recordBatchesOf(batch, schema, precision)) writer.write(recordBatch);
  writer.finish();
  const bytes = Buffer.concat(writer.takeChunks());
  // apache-arrow can declare bytes that it did not write: what a reader will see is counted before it is trusted.
  const rows = readAll(bytes).recordBatches.reduce((sum, { numRows }) => sum + numRows, 0);
  if (rows !== batch.ids.length)
    throw new Error(`Writing vectors: ${batch.ids.length} rows went in, ${rows} can be read back`);
  return bytes;
}

/**
 * All vectors of an Arrow IPC file or stream that is in memory, as float32.
 * @throws InvalidInputError when it is truncated or holds other columns than {@link VectorBatch} describes
 */
export function vectorsFromIpc(bytes: Uint8Array): VectorBatch {
  try {
    const { schema, recordBatches } = readAll(bytes);
    const { idColumn, dimensions, vectorFields } = layoutOf(schema);
    const batches = recordBatches.map((recordBatch) => batchFromArrow(recordBatch, layoutOf(schema)));
    const [only] = batches;
    if (only && batches.length === 1) return only;
    return {
      idColumn,
      ids: batches.flatMap((batch) => batch.ids),
      dimensions,
      columns: vectorFields.map(({ name }, index) => ({
        name,
        data: concatenate(batches.map((batch) => (batch.columns[index] as VectorColumn).data)),
      })),
    };
  } catch (error) {
    throw new InvalidInputError(`Reading vectors from Arrow IPC: ${explain(error)}`, { cause: error });
  }
}

function readAll(bytes: Uint8Array): { schema: Schema; recordBatches: RecordBatch[] } {
  const reader = RecordBatchReader.from(bytes).open();
  return { schema: reader.schema, recordBatches: reader.readAll() };
}

function concatenate(pieces: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
