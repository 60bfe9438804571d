import { createHash } from 'node:crypto';
import { pick } from './fields.js';
import { formatOfFile, unitOf } from './formats/registry.js';
import type { InputFile } from './input-file.js';
import type { RecordKind } from './record-kind.js';
import { excerptOf, type BadRecord, type Fault, type RawRecord } from './raw-record.js';

/**
 * Streams a file's records, in batches, from record `skip` on. Records that name no language have the file's.
 *
 * @param onRaw sees the bytes as they lie in the file; not called for Parquet, which is not read in order
 */
export async function* readRecords<T>(
  file: InputFile,
  kind: RecordKind<T>,
  { skip = 0, onRaw }: { skip?: number; onRaw?: (chunk: Uint8Array) => void } = {},
): AsyncGenerator<RawRecord[]> {
  const format = formatOfFile(file);
  const { lang } = file;
  const names = kind.fields.lang;
  if (lang === undefined || names === undefined) return yield* format.read(file, kind, { skip, onRaw });
  const required = kind.required.filter((field) => field !== 'lang');
  for await (const records of format.read(file, { ...kind, required }, { skip, onRaw })) {
    yield records.map((record) => {
      const named = pick(record.fields, names) ?? '';
      return named === '' ? { ...record, fields: { ...record.fields, [names[0] ?? 'lang']: lang } } : record;
    });
  }
}

/** SHA-256 of a file as it lies there. */
export async function sha256Of(file: InputFile): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of file.rawChunks()) hash.update(chunk);
  return hash.digest('hex');
}

/** @param subject what the record is one of, where the file's form counts these apart */
export function badRecord(
  file: InputFile,
  record: RawRecord,
  fault: Fault,
  subject: RecordKind<unknown>['subject'],
): BadRecord {
  const { field, expected, found } = fault;
  return {
    file: file.name,
    unit: unitOf(file, subject),
    position: record.position,
    field,
    expected,
    found,
    excerpt: excerptOf(record),
  };
}
