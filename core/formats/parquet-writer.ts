import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import parquetjs, { type ColumnBuffer, type RowBuffer } from 'parquetjs-lite';

/** What a column holds; a trailing `?` allows null. Integers are JavaScript numbers, so at most 2^53 − 1. */
export type ColumnType =
  | 'string'
  | 'string?'
  | 'int32'
  | 'int32?'
  | 'int64'
  | 'int64?'
  | 'float'
  | 'float?'
  | 'double'
  | 'double?'
  | 'boolean'
  | 'boolean?'
  | 'string[]';

/** Column name → type, in the order in which the file lists them. */
export type Columns = Readonly<Record<string, ColumnType>>;

export type ParquetRow = Readonly<Record<string, unknown>>;

export interface ParquetWriteOptions {
  /** Rows that are held in memory and read back together. @default 8192 */
  rowGroupRows?: number;
  /** Key-value metadata of the file's footer. */
  metadata?: Readonly<Record<string, string>>;
}

export interface ParquetFileWriter {
  /** Appends rows. Calls must be awaited one after the other. */
  write(rows: Iterable<ParquetRow>): Promise<void>;
  /** Writes the footer and gives the file its name. */
  close(): Promise<void>;
  /** Gives up: nothing is left on disk. */
  abort(): Promise<void>;
}

type Leaf = { type: 'UTF8' | 'INT32' | 'INT64' | 'FLOAT' | 'DOUBLE' | 'BOOLEAN'; optional?: boolean };
const PAGE_ROWS = 2048;

type BaseType = 'string' | 'int32' | 'int64' | 'float' | 'double' | 'boolean';
type Emit = (chunk: Buffer) => Promise<void>;

const parquetTypes: Record<BaseType, Leaf['type']> = {
  string: 'UTF8',
  int32: 'INT32',
  int64: 'INT64',
  float: 'FLOAT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
};

/**
 * Encodes rows as Parquet, passing the file's bytes to `emit` in order. Equal rows give equal bytes. One row
 * group is held in memory. Page statistics are left out: parquetjs-lite compares strings by UTF-16 unit, while
 * readers that prune by them compare UTF-8 bytes.
 */
class ParquetEncoder {
  private readonly pending: Buffer[] = [];
  private writer: Awaited<ReturnType<typeof parquetjs.ParquetWriter.openStream>> | undefined;
  private rows = 0;
  private readonly rowGroupRows: number;
  private readonly fields: readonly [name: string, type: ColumnType][];
  /** No column holds lists. */
  private readonly flat: boolean;

  constructor(
    private readonly columns: Columns,
    private readonly options: ParquetWriteOptions,
    private readonly emit: Emit,
  ) {
    this.rowGroupRows = options.rowGroupRows ?? 8192;
    this.fields = Object.entries(columns);
    this.flat = !this.fields.some(([, type]) => type === 'string[]');
  }

  async write(rows: Iterable<ParquetRow>): Promise<void> {
    const writer = await this.open();
    for (const row of rows) {
      checkRow(this.columns, row, this.rows);
      if (!this.flat || !this.appendToPage(writer.rowBuffer, row))
        await writer.appendRow(withLists(this.columns, row));
      this.rows++;
      if (this.pending.length > 0) await this.drain();
    }
  }

  async close(): Promise<void> {
    const writer = await this.open();
    await writer.close();
    await this.drain();
  }

  /**
   * Puts a row where `appendRow` would, without the lists and sets that it makes of every value first: a tenth of the
   * time. Leaves rows to it that need more: the first of a row group, for which it makes the columns, and the last of a
   * page or a row group, which it encodes. Returns whether the row is in.
   */
  private appendToPage(group: RowBuffer, row: ParquetRow): boolean {
    const { columnData } = group;
    if (columnData === undefined || group.pageRowCount + 1 >= PAGE_ROWS) return false;
    if (group.rowCount + 1 >= this.rowGroupRows) return false;
    // It has words of its own for them.
    if (Object.values(row).some(Number.isNaN)) return false;
    for (const [name, type] of this.fields) {
      const column = columnData[name] as ColumnBuffer;
      const value = row[name];
      const optional = type.endsWith('?');
      column.rlevels.push(0);
      column.count++;
      if (value === null || value === undefined) column.dlevels.push(0);
      else {
        column.dlevels.push(optional ? 1 : 0);
        column.values.push(primitiveOf(value));
      }
    }
    group.rowCount++;
    group.pageRowCount++;
    return true;
  }

  private async open() {
    if (this.writer) return this.writer;
    const sink = {
      write: (chunk: Buffer, done: () => void) => {
        this.pending.push(chunk);
        done();
      },
      end: (done: () => void) => done(),
    };
    const options = { rowGroupSize: this.rowGroupRows, pageSize: PAGE_ROWS, pageIndex: false };
    const writer = await parquetjs.ParquetWriter.openStream(schemaOf(this.columns), sink, options);
    for (const [key, value] of Object.entries(this.options.metadata ?? {})) writer.setMetadata(key, value);
    this.writer = writer;
    return writer;
  }

  private async drain(): Promise<void> {
    for (const chunk of this.pending.splice(0)) await this.emit(chunk);
  }
}

/**
 * Writes rows as one Parquet file in memory; equal input gives equal bytes.
 *
 * @throws TypeError when a row's value does not fit its column.
 */
export async function rowsToParquet(
  columns: Columns,
  rows: Iterable<ParquetRow>,
  options: ParquetWriteOptions = {},
): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  const encoder = new ParquetEncoder(columns, options, async (chunk) => void chunks.push(chunk));
  await encoder.write(rows);
  await encoder.close();
  return Buffer.concat(chunks);
}

/** Opens a Parquet file for streaming rows into it; it gets its name only when it is complete. */
export async function openParquetFileWriter(
  path: string,
  columns: Columns,
  options: ParquetWriteOptions = {},
): Promise<ParquetFileWriter> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx');
  const encoder = new ParquetEncoder(columns, options, async (chunk) => void (await file.writeFile(chunk)));
  return {
    write: (rows) => encoder.write(rows),
    close: async () => {
      await encoder.close();
      await file.sync();
      await file.close();
      await rename(temporary, path);
    },
    abort: async () => {
      await file.close();
      await rm(temporary, { force: true });
    },
  };
}

/** Streams rows into a local Parquet file, atomically. Returns how many were written. */
export async function writeParquetFile(
  path: string,
  columns: Columns,
  batches: AsyncIterable<readonly ParquetRow[]>,
  options: ParquetWriteOptions = {},
): Promise<number> {
  const writer = await openParquetFileWriter(path, columns, options);
  let rows = 0;
  try {
    for await (const batch of batches) {
      await writer.write(batch);
      rows += batch.length;
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return rows;
}

function schemaOf(columns: Columns) {
  const compressed = { compression: 'GZIP', statistics: false } as const;
  const fields = Object.entries(columns).map(([name, type]) => {
    if (type === 'string[]') {
      const element = { type: 'UTF8', ...compressed } as const;
      return [name, { type: 'LIST', fields: { list: { repeated: true, fields: { element } } } }] as const;
    }
    return [name, { type: parquetTypes[baseOf(type)], optional: type.endsWith('?'), ...compressed }] as const;
  });
  return new parquetjs.ParquetSchema(Object.fromEntries(fields));
}

function baseOf(type: Exclude<ColumnType, 'string[]'>): BaseType {
  return (type.endsWith('?') ? type.slice(0, -1) : type) as BaseType;
}

/** A value as pages hold it. There is no −0 in files: parquetjs-lite reads numbers from their text. */
function primitiveOf(value: unknown): unknown {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  return typeof value === 'number' ? value + 0 : value;
}

/** parquetjs-lite wants lists in the three-level form of the Parquet specification. */
function withLists(columns: Columns, row: ParquetRow): Record<string, unknown> {
  const shaped: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(columns)) {
    const value = row[name];
    shaped[name] =
      type === 'string[]' ? { list: (value as string[]).map((element) => ({ element })) } : value;
  }
  return shaped;
}

/** parquetjs-lite coerces what does not fit (`true` to 1, objects to text); a wrong value is a bug to be told. */
function checkRow(columns: Columns, row: ParquetRow, index: number): void {
  for (const [name, type] of Object.entries(columns)) {
    if (!fits(row[name], type)) {
      const found = JSON.stringify(row[name]) ?? 'nothing';
      throw new TypeError(`Writing Parquet row ${index}: column ${name}: expected ${type}, found ${found}`);
    }
  }
}

function fits(value: unknown, type: ColumnType): boolean {
  if (type === 'string[]') return Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (value === undefined || value === null) return type.endsWith('?');
  switch (baseOf(type)) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'int32':
      return typeof value === 'number' && (value | 0) === value;
    case 'int64':
      return Number.isSafeInteger(value);
    case 'float':
    case 'double':
      return typeof value === 'number';
  }
}
