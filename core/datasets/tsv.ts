import { InvalidInputError } from '../errors.js';
import { lengthFault, MAX_RECORD_BYTES } from './jsonl.js';
import { splitLines, withoutCarriageReturn, type Line } from './lines.js';
import { matchColumns, namesOf, type RecordKind } from './record-kind.js';
import type { Fault, RawRecord } from './raw-record.js';
import { TsvRow } from './tsv-row.js';
import { decodeUtf8 } from './utf8.js';

interface Row {
  position: number;
  cells: readonly string[];
  fault?: Fault;
  /** The first of its lines. */
  raw: Buffer;
}

/**
 * Reads tab-separated values as Python's `excel-tab` dialect writes them, which is the form of `psgs_w100.tsv`:
 * a field that begins with `"` ends at the next single `"`, may hold tabs and line ends, and spells `"` as `""`;
 * any other field is taken as it stands. The first line is a header if it has any of the kind's column names;
 * without one the columns are the kind's own, in order.
 *
 * Not csv-parse: that loses the rest of its buffer after a record that is too long, counts CRLF as two lines,
 * and does not recover when a quote is never closed. Here only the line that opened it is bad.
 *
 * @throws InvalidInputError when the header lacks a column
 */
export async function* readTsv<T>(
  name: string,
  kind: RecordKind<T>,
  chunks: AsyncIterable<Uint8Array>,
  skip = 0,
): AsyncGenerator<RawRecord[]> {
  let layout: Layout | undefined;
  let skipped = 0;
  for await (const rows of readRows(chunks)) {
    const records: RawRecord[] = [];
    for (const row of rows) {
      if (!layout) {
        const header = row.fault ? undefined : headerLayout(name, kind, row.cells);
        layout = header ?? positionalLayout(kind, row.cells);
        if (header) continue;
      }
      if (skipped < skip) skipped++;
      else records.push(recordOf(row, layout));
    }
    if (records.length > 0) yield records;
  }
}

interface Layout {
  /** field → column */
  columns: ReadonlyMap<string, number>;
  width: number;
}

function headerLayout<T>(name: string, kind: RecordKind<T>, cells: readonly string[]): Layout | undefined {
  const columns = matchColumns(
    kind,
    cells.map((cell) => cell.trim()),
  );
  if (columns.size === 0) return undefined;
  const missing = kind.required.find((field) => !columns.has(field));
  if (missing !== undefined) {
    throw new InvalidInputError(
      `Reading ${name}: expected a header with a column ${namesOf(kind, missing)}, found ${cells.join(', ')}`,
    );
  }
  return { columns, width: cells.length };
}

function positionalLayout<T>(kind: RecordKind<T>, cells: readonly string[]): Layout {
  // A fixed width: a stray tab must not pass for one more field.
  const width = Math.min(Math.max(cells.length, 2), kind.positional.length);
  const columns = new Map(kind.positional.slice(0, width).map((field, i) => [field, i]));
  return { columns, width };
}

function recordOf(row: Row, { columns, width }: Layout): RawRecord {
  const { position, raw } = row;
  const bad = (fault: Fault): RawRecord => ({ position, raw, fields: {}, fault });
  if (row.fault) return bad(row.fault);
  if (row.cells.length !== width) {
    return bad({
      field: 'record',
      expected: `${width} fields separated by tabs`,
      found: `${row.cells.length}`,
    });
  }
  const fields: Record<string, unknown> = {};
  for (const [field, column] of columns) fields[field] = row.cells[column];
  return { position, fields, raw };
}

/** Rows of cells; a row takes several lines when a quoted field does. */
async function* readRows(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Row[]> {
  const assembler = new RowAssembler();
  for await (const lines of splitLines(chunks, MAX_RECORD_BYTES)) {
    for (const line of lines) assembler.add(line);
    const rows = assembler.take();
    if (rows.length > 0) yield rows;
  }
  assembler.end();
  const rows = assembler.take();
  if (rows.length > 0) yield rows;
}

class RowAssembler {
  private rows: Row[] = [];
  /** Lines of the row in work, kept so that reading can go on after the first when its quote is never closed. */
  private open: Line[] = [];
  private openBytes = 0;
  private row = new TsvRow();

  add(line: Line): void {
    // After a row is given up, its later lines come before the next one.
    const pending = [line];
    for (let next = pending.pop(); next; next = pending.pop()) {
      for (const again of this.addOne(next).reverse()) pending.push(again);
    }
  }

  end(): void {
    while (this.open.length > 0) {
      const again = this.giveUp({
        field: 'record',
        expected: 'a closing quote',
        found: 'the end of the file',
      });
      for (const line of again) this.add(line);
    }
  }

  take(): Row[] {
    return this.rows.splice(0);
  }

  /** Returns lines that have to be read again. */
  private addOne(line: Line): Line[] {
    if (this.open.length === 0 && withoutCarriageReturn(line.bytes).length === 0) return [];
    this.open.push(line);
    this.openBytes += line.length + 1;
    const tooLong = lengthFault(line.length);
    if (tooLong && this.open.length === 1) return this.giveUp(tooLong);
    if (this.openBytes > MAX_RECORD_BYTES) {
      const found = `none in the next ${MAX_RECORD_BYTES / 1024 / 1024} MiB`;
      return this.giveUp({ field: 'record', expected: 'a closing quote', found });
    }
    const decoded = decodeUtf8(line.bytes);
    if (decoded.fault) return this.giveUp(decoded.fault);
    const state = this.row.add(decoded.text);
    if (state === 'open') return [];
    if (state === 'junk') {
      const expected = 'a tab or the end of the line after a closing quote';
      return this.giveUp({ field: 'record', expected, found: this.row.junk });
    }
    const position = this.open[0]?.number ?? line.number;
    this.rows.push({ position, cells: this.row.cells, raw: this.open[0]?.bytes ?? line.bytes });
    this.begin();
    return [];
  }

  private giveUp(fault: Fault): Line[] {
    const [first, ...later] = this.open;
    if (first) this.rows.push({ position: first.number, cells: [], fault, raw: first.bytes });
    this.begin();
    return later;
  }

  private begin(): void {
    this.open = [];
    this.openBytes = 0;
    this.row = new TsvRow();
  }
}
