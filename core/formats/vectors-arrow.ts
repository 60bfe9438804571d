import {
  DataType,
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
import { InvalidInputError, messageOf } from '../errors.js';
import { FLOAT16_MAX, fromFloat16Bits, toFloat16Bits } from './float16.js';
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
  const encoded = ids.map((id, row) => {
    const bytes = Buffer.from(id, 'utf8');
    valueOffsets[row + 1] = (valueOffsets[row] as number) + bytes.length;
    return bytes;
  });
  return makeData({
    type: new Utf8(),
    length: ids.length,
    nullCount: 0,
    valueOffsets,
    data: new Uint8Array(Buffer.concat(encoded)),
  });
}

function checkValues(batch: VectorBatch, column: VectorColumn, precision: Precision): void {
  const limit = precision === 'float16' ? FLOAT16_MAX : Infinity;
  const position = column.data.findIndex((value) => !(Number.isFinite(value) && Math.abs(value) <= limit));
  if (position === -1) return;
  const id = batch.ids[Math.floor(position / batch.dimensions)];
  const value = column.data[position] as number;
  throw new InvalidInputError(
    Number.isFinite(value)
      ? `Writing vectors: ${column.name} of ${id} holds ${value}, more than float16 can (${FLOAT16_MAX}); choose precision float32`
      : `Writing vectors: ${column.name} of ${id} holds ${value}; the model that made it is damaged or overflows`,
  );
}

type VectorField = Field<FixedSizeList>;

/** Where a schema keeps ids and vectors. */
export interface VectorLayout {
  idField: Field;
  idColumn: 'docId' | 'queryId';
  dimensions: number;
  vectorFields: VectorField[];
}

/**
 * Finds the id column and the FixedSizeList columns of a schema, ours or another program's.
 * @throws InvalidInputError when there are none, or vectors of different dimensions
 */
export function layoutOf(schema: Schema): VectorLayout {
  const vectorFields = schema.fields.filter(isVectorField);
  const dimensions = vectorFields[0]?.type.listSize;
  if (!dimensions)
    throw new InvalidInputError(
      `expected a column FixedSizeList<float16|float32>[dimensions], found ${describe(schema)}`,
    );
  const other = vectorFields.find((field) => field.type.listSize !== dimensions);
  if (other)
    throw new InvalidInputError(
      `vectors of different dimensions: ${vectorFields[0]?.name} has ${dimensions}, ${other.name} has ${other.type.listSize}`,
    );
  const idField = findIdField(schema);
  return {
    idField,
    idColumn: /^_?q/i.test(idField.name) ? 'queryId' : 'docId',
    dimensions,
    vectorFields,
  };
}

/**
 * Rows [start, end) of an Arrow record batch as float32. Float32 columns are views, not copies.
 * @throws InvalidInputError when an id or a vector is null
 */
export function batchFromArrow(
  recordBatch: RecordBatch,
  layout: VectorLayout,
  start = 0,
  end = recordBatch.numRows,
): VectorBatch {
  const { idField, idColumn, dimensions } = layout;
  const idVector = recordBatch.getChild(idField.name);
  const ids: string[] = [];
  for (let row = start; row < end; row++) {
    const id: unknown = idVector?.get(row);
    if (typeof id !== 'string')
      throw new InvalidInputError(`column ${idField.name}: row ${row} of a record batch has no value`);
    ids.push(id);
  }
  const columns = layout.vectorFields.map((field) => ({
    name: field.name,
    data: floatsOf(recordBatch, field, start, end),
  }));
  return { idColumn, ids, dimensions, columns };
}

function isVectorField(field: Field): field is VectorField {
  return DataType.isFixedSizeList(field.type) && DataType.isFloat(field.type.children[0]?.type);
}

function findIdField(schema: Schema): Field {
  const candidates = schema.fields.filter(
    ({ type }) => DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type),
  );
  const named = candidates.find(({ name }) => name === 'docId' || name === 'queryId');
  const only = named ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (only) return only;
  throw new InvalidInputError(`expected a string column docId or queryId, found ${describe(schema)}`);
}

function floatsOf(recordBatch: RecordBatch, field: VectorField, start: number, end: number): Float32Array {
  const list = recordBatch.getChild(field.name)?.data[0];
  const items = list?.children[0] as Data<Float> | undefined; // isVectorField saw a float element
  if (!list || !items) throw new InvalidInputError(`column ${field.name} has no values`);
  if (list.nullCount > 0 || items.nullCount > 0)
    throw new InvalidInputError(`column ${field.name}: expected no nulls, found some`);
  const { listSize } = field.type;
  const values = items.values.subarray(start * listSize, end * listSize);
  if (values.length !== (end - start) * listSize)
    throw new InvalidInputError(
      `column ${field.name}: ${values.length} values where ${end - start} rows of ${listSize} were declared; the file is damaged`,
    );
  if (values instanceof Float32Array) return values;
  return values instanceof Uint16Array ? fromFloat16Bits(values) : Float32Array.from(values);
}

/** What apache-arrow threw, with what to do about it where its message doesn't say. */
export function explain(error: unknown): string {
  const message = messageOf(error);
  return message.includes('codec not found')
    ? 'its buffers are compressed; write it without compression'
    : message;
}

function describe(schema: Schema): string {
  return schema.fields.map((field) => `${field.name}: ${String(field.type)}`).join(', ') || 'no columns';
}
