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
import { FLOAT16_MAX, roundToFloat16 } from './float16.js';
import type { Precision, VectorBatch } from './vectors.js';

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
 * @param reuse whether a record batch may lie in memory of the one before: for those who write it out before they ask for
 *   the next
 * @throws InvalidInputError when a value is not finite, or does not fit float16
 */
export function* recordBatchesOf(
  batch: VectorBatch,
  schema: Schema,
  precision: Precision,
  reuse = false,
): Generator<RecordBatch> {
  const { ids, dimensions, columns } = batch;
  for (const column of columns)
    if (column.data.length !== ids.length * dimensions)
      throw new Error(
        `Writing vectors: column ${column.name} has ${column.data.length} values, expected ${ids.length} rows of ${dimensions}`,
      );
  const memory = columns.map(() => new HalvesMemory(reuse));
  for (let start = 0; start < ids.length; start += RECORD_BATCH_ROWS) {
    const end = Math.min(ids.length, start + RECORD_BATCH_ROWS);
    const slice = ids.slice(start, end);
    const children: Data[] = columns.map(({ name, data }, column) => {
      const values = data.subarray(start * dimensions, end * dimensions);
      const fault = (position: number) =>
        unfit(name, slice[Math.floor(position / dimensions)], values[position] as number);
      const child =
        precision === 'float16'
          ? halfData(values, (memory[column] as HalvesMemory).take(values.length), fault)
          : floatData(values, fault);
      const type = new FixedSizeList(dimensions, new Field('item', child.type, false));
      return makeData({ type, length: end - start, nullCount: 0, child });
    });
    children.unshift(idData(slice));
    yield new RecordBatch(
      schema,
      makeData({ type: new Struct(schema.fields), length: end - start, nullCount: 0, children }),
    );
  }
}

/** Where a column's float16 bits go: new memory for each record batch, or the same. */
class HalvesMemory {
  private kept = new Uint16Array(0);

  constructor(private readonly reuse: boolean) {}

  take(length: number): Uint16Array {
    if (!this.reuse || this.kept.length < length) this.kept = new Uint16Array(length);
    return this.kept.subarray(0, length);
  }
}

function elementType(precision: Precision): Float {
  return precision === 'float16' ? new Float16() : new Float32();
}

/** The bits of the largest value of each precision, as float32. */
const LARGEST_FLOAT16 = 0x477f_e000;
const LARGEST_FLOAT32 = 0x7f7f_ffff;

/** Makes the error for a value, given its position. */
type Fault = (position: number) => InvalidInputError;

function halfData(values: Float32Array, halves: Uint16Array, fault: Fault): Data {
  if (roundToFloat16(values, halves) > LARGEST_FLOAT16) throw fault(firstAbove(values, LARGEST_FLOAT16));
  return makeData({ type: new Float16(), length: values.length, nullCount: 0, data: halves });
}

function floatData(values: Float32Array, fault: Fault): Data {
  if (!allFinite(values)) throw fault(firstAbove(values, LARGEST_FLOAT32));
  return makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values });
}

function idData(ids: readonly string[]): Data {
  const text = ids.join('');
  const data = new Uint8Array(Buffer.from(text));
  // As many bytes as letters: then every id's length is known without looking at it again.
  const ascii = data.length === text.length;
  const valueOffsets = new Int32Array(ids.length + 1);
  for (let row = 0, end = 0; row < ids.length; row++) {
    const id = ids[row] as string;
    end += ascii ? id.length : Buffer.byteLength(id);
    valueOffsets[row + 1] = end;
  }
  return makeData({ type: new Utf8(), length: ids.length, nullCount: 0, valueOffsets, data });
}

function unfit(column: string, id: string | undefined, value: number): InvalidInputError {
  return new InvalidInputError(
    Number.isFinite(value)
      ? `Writing vectors: ${column} of ${id} holds ${value}, more than float16 can (${FLOAT16_MAX}); choose precision float32`
      : `Writing vectors: ${column} of ${id} holds ${value}; the model that made it is damaged or overflows`,
  );
}

/** Without their sign, the bits of floats compare as the floats do, with NaN above infinity. */
function firstAbove(values: Float32Array, limitBits: number): number {
  return bitsOf(values).findIndex((bits) => (bits & 0x7fff_ffff) > limitBits);
}

/** Whether no value is infinite or NaN. A plain loop, four at a time: 25 × findIndex. */
function allFinite(values: Float32Array): boolean {
  const bits = bitsOf(values);
  const fours = bits.length - (bits.length % 4);
  for (let i = 0; i < fours; i += 4)
    if (
      (overflow(bits[i] as number) |
        overflow(bits[i + 1] as number) |
        overflow(bits[i + 2] as number) |
        overflow(bits[i + 3] as number)) <
      0
    )
      return false;
  return bits.subarray(fours).every((last) => overflow(last) >= 0);
}

/** Negative where the exponent has all its bits set, since adding to it then reaches the sign. */
function overflow(bits: number): number {
  return ((bits & 0x7fff_ffff) + 0x0080_0000) | 0;
}

function bitsOf(values: Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}
