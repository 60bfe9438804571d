import { RecordBatchReader, type RecordBatch, type Schema } from 'apache-arrow';
import { InvalidInputError } from '../errors.js';
import { ChunkedFileWriter, recordBatchesOf, schemaOf } from './vectors-arrow.js';
import { batchFromArrow, batchFromSeveral, explain, layoutOf } from './vectors-from-arrow.js';

export {
  openVectorFileWriter,
  readVectorFile,
  type ReadVectorFileOptions,
  type VectorFileWriter,
} from './vectors-file.js';

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
    const layout = layoutOf(schema);
    const [only] = recordBatches;
    return only && recordBatches.length === 1
      ? batchFromArrow(only, layout)
      : batchFromSeveral(recordBatches, layout);
  } catch (error) {
    throw new InvalidInputError(`Reading vectors from Arrow IPC: ${explain(error)}`, { cause: error });
  }
}

function readAll(bytes: Uint8Array): { schema: Schema; recordBatches: RecordBatch[] } {
  const reader = RecordBatchReader.from(bytes).open();
  return { schema: reader.schema, recordBatches: reader.readAll() };
}
