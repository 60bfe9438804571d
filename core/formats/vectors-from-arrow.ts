import {
  DataType,
  Precision,
  type Data,
  type Field,
  type FixedSizeList,
  type Float,
  type RecordBatch,
  type Schema,
} from 'apache-arrow';
import { InvalidInputError, messageOf } from '../errors.js';
import type { ColumnMemory } from './column-memory.js';
import { fromFloat16Bits } from './float16.js';
import { unfilledFloats } from './kept-memory.js';
import { sliceStrings } from './slice-strings.js';
import type { VectorBatch } from './vectors.js';

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
 * @param memory for columns that are copies; without, each has its own
 * @throws InvalidInputError when an id or a vector is null
 */
export function batchFromArrow(
  recordBatch: RecordBatch,
  layout: VectorLayout,
  start = 0,
  end = recordBatch.numRows,
  memory?: ColumnMemory,
): VectorBatch {
  const { idColumn, dimensions, vectorFields } = layout;
  const ids = idsOf(recordBatch, layout.idField, start, end);
  const columns = vectorFields.map((field, column) => {
    const values = valuesOf(recordBatch, field, start, end);
    if (values instanceof Float32Array) return { name: field.name, data: values };
    const place = memory?.take(column, values.length) ?? unfilledFloats(values.length);
    return { name: field.name, data: copyFloats(values, place) };
  });
  return { idColumn, ids, dimensions, columns };
}

/** Whether {@link batchFromArrow} copies all that it takes out of a record batch: nothing is a view then. */
export function isCopied({ vectorFields }: VectorLayout): boolean {
  // A schema that was read has the type Float with a precision, and not the class Float32.
  return vectorFields.every(({ type }) => {
    const element = type.children[0]?.type;
    return DataType.isFloat(element) && element.precision !== Precision.SINGLE;
  });
}

/**
 * All rows of several record batches, one under the other, in memory of their own.
 * @throws InvalidInputError as {@link batchFromArrow}
 */
export function batchFromSeveral(recordBatches: readonly RecordBatch[], layout: VectorLayout): VectorBatch {
  const { idColumn, dimensions, vectorFields } = layout;
  const rows = recordBatches.reduce((sum, { numRows }) => sum + numRows, 0);
  const columns = vectorFields.map((field) => {
    const data = new Float32Array(rows * dimensions);
    let at = 0;
    for (const recordBatch of recordBatches) {
      const values = valuesOf(recordBatch, field, 0, recordBatch.numRows);
      const place = data.subarray(at, (at += values.length));
      copyFloats(values, place);
    }
    return { name: field.name, data };
  });
  const ids = recordBatches.flatMap((recordBatch) =>
    idsOf(recordBatch, layout.idField, 0, recordBatch.numRows),
  );
  return { idColumn, ids, dimensions, columns };
}

function idsOf(recordBatch: RecordBatch, field: Field, start: number, end: number): string[] {
  const vector = recordBatch.getChild(field.name);
  const stored = vector?.data[0];
  // Vector.get finds its way anew, and makes a decoder, for every string.
  if (stored !== undefined && DataType.isUtf8(stored.type) && stored.nullCount === 0)
    return sliceStrings(stored.values as Uint8Array, stored.valueOffsets, start, end);
  const ids: string[] = [];
  for (let row = start; row < end; row++) {
    const id: unknown = vector?.get(row);
    if (typeof id !== 'string')
      throw new InvalidInputError(`column ${field.name}: row ${row} of a record batch has no value`);
    ids.push(id);
  }
  return ids;
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

function copyFloats(values: Float['TArray'], place: Float32Array): Float32Array {
  if (values instanceof Uint16Array) return fromFloat16Bits(values, place);
  place.set(values);
  return place;
}

/** The numbers of some rows as they are stored: Uint16Array for float16. */
function valuesOf(recordBatch: RecordBatch, field: VectorField, start: number, end: number): Float['TArray'] {
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
  return values;
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
