import { createHash } from 'node:crypto';
import type { InputFile } from './input-file.js';
import { readJsonl } from './jsonl.js';
import { readParquetInput } from './parquet-input.js';
import type { RecordKind } from './record-kind.js';
import { excerptOf, type BadRecord, type Fault, type RawRecord } from './raw-record.js';
import { readTsv } from './tsv.js';

/**
 * Streams a file's records, in batches, from record `skip` on.
 *
 * @param onRaw sees the bytes as they lie in the file; not called for Parquet, which is not read in order
 */
export async function* readRecords<T>(
  file: InputFile,
  kind: RecordKind<T>,
  { skip = 0, onRaw }: { skip?: number; onRaw?: (chunk: Uint8Array) => void } = {},
): AsyncGenerator<RawRecord[]> {
  switch (file.format) {
    case 'jsonl':
      return yield* readJsonl(file.chunks(onRaw), skip);
    case 'tsv':
      return yield* readTsv(file.name, kind, file.chunks(onRaw), skip);
    case 'parquet':
      return yield* readParquetInput(file, kind, skip);
  }
}

/** SHA-256 of a file as it lies there. */
export async function sha256Of(file: InputFile): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of file.rawChunks()) hash.update(chunk);
  return hash.digest('hex');
}

export function badRecord(file: InputFile, record: RawRecord, fault: Fault): BadRecord {
  const unit = file.format === 'parquet' ? 'row' : 'line';
  const { field, expected, found } = fault;
  return {
    file: file.name,
    unit,
    position: record.position,
    field,
    expected,
    found,
    excerpt: excerptOf(record),
  };
}
