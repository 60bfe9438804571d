import { isUtf8 } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { compressors as inScript } from 'hyparquet-compressors';
import type { z } from 'zod';
import { InvalidInputError, messageOf } from '../errors.js';
import { bytesSource, type RangedSource } from './parquet-source.js';

export interface ParquetReadOptions {
  /** Columns to read; the others are not decoded. @default all */
  columns?: readonly string[];
  /** First row to read. @default 0 */
  rowStart?: number;
  /** Rows in a batch at most; fewer where rows are long. Batches do not span row groups. @default 8192 */
  batchRows?: number;
}

export interface ParquetBatch {
  /** 0-based position of the first row in the file. */
  rowStart: number;
  /** Strings that are not UTF-8 come as Uint8Array; 64-bit integers as numbers where these are exact. */
  rows: Record<string, unknown>[];
}

/** A Parquet file whose footer has been read. */
export interface ParquetFile {
  readonly rows: number;
  /** Names of the top-level columns. */
  readonly columns: readonly string[];
  /**
   * Streams batches of rows. What is in memory at once: the compressed column chunks of one row group (or only
   * the pages needed, where the file has an offset index) and the decoded rows of one batch.
   */
  batches(options?: ParquetReadOptions): AsyncGenerator<ParquetBatch>;
}

/** Reads a Parquet file's footer. @throws InvalidInputError when the file is not Parquet. */
export async function openParquet(source: RangedSource): Promise<ParquetFile> {
  const file = new WindowCache(source);
  const metadata = await file.decode(() => parquetMetadataAsync(file, { parsers }));
  return {
    rows: Number(metadata.num_rows),
    columns: topLevelColumns(metadata),
    batches: (options = {}) => readBatches(file, metadata, options),
  };
}

/**
 * Reads a whole Parquet file, checking every row.
 *
 * @throws InvalidInputError naming file, row, column, what was expected and what was found.
 */
export async function rowsFromParquet<T>(
  bytes: Uint8Array,
  schema: z.ZodType<T>,
  name: string,
): Promise<T[]> {
  const file = await openParquet(bytesSource(bytes, name));
  const rows: T[] = [];
  for await (const batch of file.batches()) checkRows(batch, schema, name, file.columns, rows);
  return rows;
}

/** Streams a Parquet file's checked rows, batch by batch; same errors as {@link rowsFromParquet}. */
export async function* readParquetRows<T>(
  source: RangedSource,
  schema: z.ZodType<T>,
  options: ParquetReadOptions = {},
): AsyncGenerator<T[]> {
  const file = await openParquet(source);
  for await (const batch of file.batches(options)) {
    yield checkRows(batch, schema, source.name, file.columns, []);
  }
}

/** Bytes, decoded, that a batch should have at most. */
const BATCH_BYTES = 32 * 1024 * 1024;

async function* readBatches(
  file: WindowCache,
  metadata: FileMetaData,
  options: ParquetReadOptions,
): AsyncGenerator<ParquetBatch> {
  const { batchRows = 8192, rowStart = 0 } = options;
  const columns = options.columns ? [...options.columns] : undefined;
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const rowBytes = Number(group.total_byte_size) / Number(group.num_rows);
    const step = Math.max(1, Math.min(batchRows, Math.floor(BATCH_BYTES / rowBytes)));
    for (let start = Math.max(groupStart, rowStart); start < groupEnd; start += step) {
      const range = { rowStart: start, rowEnd: Math.min(start + step, groupEnd) };
      const rows = await file.decode(() =>
        parquetReadObjects({ file, metadata, compressors, parsers, columns, useOffsetIndex: true, ...range }),
      );
      for (const row of rows) numbersFromBigints(row);
      yield { rowStart: start, rows };
      file.nextWindow();
    }
    groupStart = groupEnd;
  }
}

/** zlib's own code is three times as fast as gunzip in JavaScript. */
const compressors = {
  ...inScript,
  GZIP: (input: Uint8Array, outputLength: number) =>
    gunzipSync(input, { maxOutputLength: outputLength || 1 }),
};

const parsers = {
  // hyparquet would replace what is not UTF-8 by U+FFFD and swallow a leading U+FEFF.
  stringFromBytes: (bytes: Uint8Array | undefined) => {
    if (!bytes) return bytes;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    return text.includes('\ufffd') && !isUtf8(bytes) ? bytes : text;
  },
};

/**
 * The file as hyparquet sees it. hyparquet asks for a row group's whole column chunks again for every window of
 * rows: what the last window asked for is kept for the next, and dropped when that did not need it.
 */
class WindowCache implements AsyncBuffer {
  readonly byteLength: number;
  private previous = new Map<string, Promise<ArrayBuffer>>();
  private current = new Map<string, Promise<ArrayBuffer>>();
  private readError: { error: unknown } | undefined;

  constructor(private readonly source: RangedSource) {
    this.byteLength = source.byteLength;
  }

  slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    const from = start < 0 ? this.byteLength + start : start;
    const key = `${from}-${end}`;
    const bytes = this.current.get(key) ?? this.previous.get(key) ?? this.read(from, end);
    this.current.set(key, bytes);
    return bytes;
  }

  nextWindow(): void {
    this.previous = this.current;
    this.current = new Map();
  }

  /** Runs a read; tells a file that is not sound Parquet from a source that could not be read. */
  async decode<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (this.readError) throw this.readError.error;
      throw new InvalidInputError(
        `Reading ${this.source.name}: expected a Parquet file, found one that does not decode: ${messageOf(error)}`,
      );
    }
  }

  private async read(start: number, end: number): Promise<ArrayBuffer> {
    try {
      const bytes = await this.source.read(start, end);
      const { buffer, byteOffset, byteLength } = bytes;
      if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) return buffer;
      return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    } catch (error) {
      this.readError = { error };
      throw error;
    }
  }
}

function topLevelColumns(metadata: FileMetaData): string[] {
  const columns: string[] = [];
  let skip = 0;
  // The schema is a tree in depth-first order; its first element is the root.
  for (const element of metadata.schema.slice(1)) {
    if (skip === 0) columns.push(element.name);
    else skip--;
    skip += element.num_children ?? 0;
  }
  return columns;
}

function numbersFromBigints(row: Record<string, unknown>): void {
  for (const name in row) {
    const value = row[name];
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) row[name] = Number(value);
  }
}

function checkRows<T>(
  batch: ParquetBatch,
  schema: z.ZodType<T>,
  name: string,
  columns: readonly string[],
  into: T[],
): T[] {
  batch.rows.forEach((row, i) => {
    const checked = schema.safeParse(row);
    if (checked.success) {
      into.push(checked.data);
      return;
    }
    const issue = checked.error.issues[0];
    const column = String(issue?.path[0] ?? 'row');
    const message = columns.includes(column)
      ? `column ${column}: ${sentenceOf(issue?.message)}`
      : `expected a column ${column}, found the columns ${columns.join(', ')}`;
    throw new InvalidInputError(`Reading ${name}, row ${batch.rowStart + i}: ${message}`);
  });
  return into;
}

/** zod's "Invalid input: expected string, received number" in the words of our other errors. */
function sentenceOf(message = 'not valid'): string {
  return message.replace('Invalid input: ', '').replace(', received ', ', found ');
}
