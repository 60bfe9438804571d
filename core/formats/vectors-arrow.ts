import {
  Field,
  FixedSizeList,
  Float16,
  Float32,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Utf8,
  makeData,
  type Data,
  type Float,
} from 'apache-arrow';
import { InvalidInputError } from '../errors.js';
import { FLOAT16_MAX, toFloat16Bits } from './float16.js';
import type { Precision, VectorBatch, VectorColumn } from './vectors.js';

/** Rows in a record batch: modest, so that readers can take a file piece by piece. */
export const RECORD_BATCH_ROWS = 4096;

/** An Arrow file writer that hands its bytes over chunk by chunk, so that a caller can wait for the disk. */
export class ChunkedFileWriter extends RecordBatchFileWriter {
  private chunks: Uint8Array[] = [];

  protected override _write(chunk: ArrayBufferView): this {
    if (chunk.byteLength === 0) return this;
    this.chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this._position += chunk.byteLength;
    return this;
  }

  /** What was written since the last call. */
  takeChunks(): Uint8Array[] {
    const taken = this.chunks;
    this.chunks = [];
    return taken;
  }
}

/** The Arrow schema of a batch; metadata keys are sorted so that bytes follow from content. */
export function schemaOf(batch: VectorBatch, precision: Precision, metadata: Record<string, string>): Schema {
  const element = new Field('item', elementType(precision), false);
  return new Schema(
    [
      new Field(batch.idColumn, new Utf8(), false),
      ...batch.columns.map(
        (column) => new Field(column.name, new FixedSizeList(batch.dimensions, element), false),
      ),
    ],
    new Map(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}

/**
 * The batch as Arrow record batches of at most {@link RECORD_BATCH_ROWS} rows.
 * @throws InvalidInputError when a value is not finite, or does not fit float16
 */
export function* recordBatchesOf(
  batch: VectorBatch,
  schema: Schema,
  precision: Precision,
): Generator<RecordBatch> {
  const { ids, dimensions, columns } = batch;
  for (const column of columns) {
    if (column.data.length !== ids.length * dimensions)
      throw new Error(
        `Writing vectors: column ${column.name} has ${column.data.length} values, expected ${ids.length} rows of ${dimensions}`,
      );
    checkValues(batch, column, precision);
  }
  for (let start = 0; start < ids.length; start += RECORD_BATCH_ROWS) {
    const end = Math.min(ids.length, start + RECORD_BATCH_ROWS);
    const children: Data[] = [
      idData(ids.slice(start, end)),
      ...columns.map((column) =>
        vectorData(column.data.subarray(start * dimensions, end * dimensions), dimensions, precision),
      ),
    ];
    yield new RecordBatch(
      schema,
      makeData({ type: new Struct(schema.fields), length: end - start, nullCount: 0, children }),
    );
  }
}

function elementType(precision: Precision): Float {
  return precision === 'float16' ? new Float16() : new Float32();
}

function vectorData(values: Float32Array, dimensions: number, precision: Precision): Data {
  const length = values.length;
  const child =
    precision === 'float16'
      ? makeData({ type: new Float16(), length, nullCount: 0, data: toFloat16Bits(values) })
      : makeData({ type: new Float32(), length, nullCount: 0, data: values });
  const type = new FixedSizeList(dimensions, new Field('item', child.type, false));
  return makeData({ type, length: length / dimensions, nullCount: 0, child });
}

function idData(ids: readonly string[]): Data {
  const valueOffsets = new Int32Array(ids.length + 1);
  for (let row = 0, end = 0; row < ids.length; row++) {
    end += Buffer.byteLength(ids[row] as string);
    valueOffsets[row + 1] = end;
  }
  const data = new Uint8Array(Buffer.from(ids.join('')));
  return makeData({ type: new Utf8(), length: ids.length, nullCount: 0, valueOffsets, data });
}

/** The bits of the largest value of each precision, as float32. */
const LARGEST_BITS: Record<Precision, number> = { float16: 0x477f_e000, float32: 0x7f7f_ffff };

function checkValues(batch: VectorBatch, column: VectorColumn, precision: Precision): void {
  const position = firstAbove(column.data, LARGEST_BITS[precision]);
  if (position === -1) return;
  const id = batch.ids[Math.floor(position / batch.dimensions)];
  const value = column.data[position] as number;
  throw new InvalidInputError(
    Number.isFinite(value)
      ? `Writing vectors: ${column.name} of ${id} holds ${value}, more than float16 can (${FLOAT16_MAX}); choose precision float32`
      : `Writing vectors: ${column.name} of ${id} holds ${value}; the model that made it is damaged or overflows`,
  );
}

/** Without their sign, the bits of floats compare as the floats do, with NaN above infinity. A plain loop: 20 × findIndex. */
function firstAbove(values: Float32Array, limitBits: number): number {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) if (((bits[i] as number) & 0x7fff_ffff) > limitBits) return i;
  return -1;
}
