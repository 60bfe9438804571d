import { createHash } from 'node:crypto';
import { InvalidInputError } from '../errors.js';
import type { DatasetContext, InputConfig } from './context.js';
import { findInputFiles } from './find-files.js';
import type { InputFile } from './input-file.js';
import { readRecords } from './read-records.js';
import type { RecordKind } from './record-kind.js';
import type { Scan, ScannedFile } from './scan.js';

export interface Shard<T> {
  shard: number;
  rows: T[];
}

/**
 * Reads scanned files again and cuts what can be used into shards of `shardRows` records, the last one shorter.
 * From shard `from` on; files before it are not opened, records before it are not parsed (they are where a
 * filter decides what counts). A file's hash is compared with the scan's once it has been read to its end.
 *
 * @throws InvalidInputError when a file is no longer what was scanned
 */
export async function* recordShards<T>(
  kind: RecordKind<T>,
  scan: Scan,
  config: InputConfig,
  context: DatasetContext,
  shardRows: number,
  from = 0,
): AsyncGenerator<Shard<T>> {
  const { files, close } = await findInputFiles(config, context, kind.subject);
  try {
    checkSameFiles(kind, files, scan.files);
    let shard = from;
    let rows: T[] = [];
    for await (const batch of usableRecords(kind, scan, files, from * shardRows)) {
      for (const value of batch) {
        rows.push(value);
        if (rows.length === shardRows) {
          yield { shard: shard++, rows };
          rows = [];
        }
      }
    }
    if (rows.length > 0) yield { shard, rows };
  } finally {
    await close();
  }
}

/** Records that can be used, in order, without the first `skipRows` of them. */
async function* usableRecords<T>(
  kind: RecordKind<T>,
  scan: Scan,
  files: readonly InputFile[],
  skipRows: number,
): AsyncGenerator<T[]> {
  const skipped = new Set(scan.skipped);
  // Where a filter decides what counts, only reading tells how many records make up the rows to skip.
  let startOrdinal = kind.unwanted ? 0 : ordinalOfRow(skipRows, scan.skipped);
  let rowsToSkip = kind.unwanted ? skipRows : 0;
  let fileStart = 0;
  for (const [index, file] of files.entries()) {
    const scanned = scan.files[index] as ScannedFile;
    const fileEnd = fileStart + scanned.records;
    if (startOrdinal < fileEnd) {
      let ordinal = Math.max(startOrdinal, fileStart);
      for await (const batch of checkedRecords(file, kind, scanned, ordinal - fileStart)) {
        const values: T[] = [];
        for (const record of batch) {
          if (skipped.has(ordinal++)) continue;
          const parsed = record.fault ? { fault: record.fault } : kind.parse(record.fields);
          if (parsed.fault) throw changed(kind, file, `${scanned.records} sound records`, 'a bad one');
          if (kind.unwanted?.(parsed.value) !== undefined) continue;
          if (rowsToSkip > 0) rowsToSkip--;
          else values.push(parsed.value);
        }
        yield values;
      }
      startOrdinal = fileEnd;
    }
    fileStart = fileEnd;
  }
}

async function* checkedRecords<T>(file: InputFile, kind: RecordKind<T>, scanned: ScannedFile, skip: number) {
  const hash = createHash('sha256');
  yield* readRecords(file, kind, { skip, onRaw: (chunk) => void hash.update(chunk) });
  // Parquet is read by ranges: for it only the size has been compared.
  if (file.format === 'parquet') return;
  const sha256 = hash.digest('hex');
  if (sha256 !== scanned.sha256) throw changed(kind, file, `sha256 ${scanned.sha256}`, sha256);
}

/** The ordinal, among all records, of usable row `row`. */
function ordinalOfRow(row: number, skipped: readonly number[]): number {
  let ordinal = row;
  for (const bad of skipped) {
    if (bad > ordinal) break;
    ordinal++;
  }
  return ordinal;
}

function checkSameFiles<T>(
  kind: RecordKind<T>,
  files: readonly InputFile[],
  scanned: readonly ScannedFile[],
): void {
  if (files.length !== scanned.length) {
    throw new InvalidInputError(
      `Reading the ${kind.subject} again: expected the ${scanned.length} files that were scanned, found ${files.length}; start a new run`,
    );
  }
  for (const [i, { bytes }] of scanned.entries()) {
    const file = files[i] as InputFile;
    if (file.bytes !== bytes) throw changed(kind, file, `${bytes} bytes`, String(file.bytes));
  }
}

function changed<T>(
  kind: RecordKind<T>,
  file: InputFile,
  expected: string,
  found: string,
): InvalidInputError {
  return new InvalidInputError(
    `Reading the ${kind.subject} again: ${file.name} has changed since it was scanned: expected ${expected}, found ${found}; start a new run`,
  );
}
