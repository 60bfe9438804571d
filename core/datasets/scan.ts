import { createHash } from 'node:crypto';
import { InvalidInputError } from '../errors.js';
import { BadRecords, type BadRecordPolicy } from './bad-records.js';
import type { DatasetContext, InputConfig } from './context.js';
import { DuplicateFinder, type Duplicate } from './duplicate-finder.js';
import { findInputFiles } from './find-files.js';
import { checkForm, unitOf } from './formats/registry.js';
import type { InputFile } from './input-file.js';
import { badRecord, readRecords, sha256Of } from './read-records.js';
import type { RecordKind } from './record-kind.js';
import { describe, type BadRecord, type Fault, type RawRecord } from './raw-record.js';

export interface ScannedFile {
  /** As the user named it. */
  file: string;
  /** As it lies there, compressed or not. */
  bytes: number;
  sha256: string;
  /** Records in it, bad ones included. */
  records: number;
}

/** What one pass over users' files found. Plain data: it can be stored as JSON. */
export interface Scan {
  /** Records that will be used. */
  rows: number;
  files: ScannedFile[];
  /** SHA-256 over the files' own and everything else that decides which records come out, names excluded. */
  digest: string;
  /** Ordinals (0-based, over all files) of the records to pass over, ascending: bad ones and repeated passages. */
  skipped: number[];
  /** Passages that SQuAD files have more than once; the first is kept. */
  repeated: number;
  /** The bad records, in order. */
  bad: BadRecord[];
  /** Sound records that were not asked for, by reason: language → count. */
  unwanted: Record<string, number>;
}

export interface ScanProgress {
  /** of the files as they lie there */
  bytes: number;
  totalBytes: number;
  records: number;
}

export interface ScanOptions {
  /** Called after every batch of records and every file. */
  onProgress?: (progress: ScanProgress) => void;
}

/**
 * Reads all files once: hashes them, checks every record, finds identifiers that occur twice (the first is kept).
 * Memory does not grow with the files.
 *
 * @throws InvalidInputError naming the first bad records when the policy is `fail` or there are too many, or when
 *   nothing usable is left
 */
export async function scanRecords<T>(
  kind: RecordKind<T>,
  config: InputConfig & BadRecordPolicy,
  context: DatasetContext,
  options: ScanOptions = {},
): Promise<Scan> {
  const { files, close } = await findInputFiles(config, context, kind.subject);
  const scanner = new Scanner(kind, config, context, files);
  try {
    for (const [index, file] of files.entries()) await scanner.scan(file, index, options);
    return await scanner.finish();
  } finally {
    await scanner.dispose();
    await close();
  }
}

class Scanner<T> {
  private readonly scanned: ScannedFile[] = [];
  private readonly unwanted: Record<string, number> = {};
  private readonly bad: BadRecords;
  /** Of the bad records. */
  private readonly ordinals: number[] = [];
  /** Ordinals of repeated passages. */
  private readonly repeats: number[] = [];
  private readonly ids: DuplicateFinder;
  private readonly totalBytes: number;
  private bytes = 0;
  private records = 0;

  constructor(
    private readonly kind: RecordKind<T>,
    config: BadRecordPolicy,
    context: DatasetContext,
    private readonly files: readonly InputFile[],
  ) {
    this.bad = new BadRecords(kind.subject, config);
    this.ids = new DuplicateFinder(context.tempDir);
    this.totalBytes = files.reduce((sum, file) => sum + file.bytes, 0);
  }

  async scan(file: InputFile, index: number, { onProgress }: ScanOptions): Promise<void> {
    await checkForm(file);
    const hash = createHash('sha256');
    const before = this.records;
    const onRaw = (chunk: Uint8Array) => {
      hash.update(chunk);
      this.bytes += chunk.byteLength;
    };
    for await (const batch of readRecords(file, this.kind, { onRaw })) {
      for (const record of batch) {
        const ordinal = this.records++;
        const parsed = record.fault ? { fault: record.fault } : this.kind.parse(record.fields);
        if (parsed.fault) this.setAside(file, record, parsed.fault, ordinal);
        else this.take(parsed.value, { ordinal, file: index, position: record.position });
      }
      await this.ids.settle();
      onProgress?.(this.progress());
    }
    // Parquet is read by ranges, so its bytes have not passed by.
    const sha256 = file.format === 'parquet' ? await sha256Of(file) : hash.digest('hex');
    if (file.format === 'parquet') this.bytes += file.bytes;
    file.checkSha256(sha256);
    this.scanned.push({ file: file.name, bytes: file.bytes, sha256, records: this.records - before });
    onProgress?.(this.progress());
  }

  async finish(): Promise<Scan> {
    await this.findDuplicates();
    this.bad.check();
    const inOrder = this.ordinals.map((ordinal, i) => ({ ordinal, bad: this.bad.found[i] as BadRecord }));
    inOrder.sort((a, b) => a.ordinal - b.ordinal);
    const skipped = [...this.ordinals, ...this.repeats].sort((a, b) => a - b);
    const unwantedRows = Object.values(this.unwanted).reduce((sum, count) => sum + count, 0);
    const rows = this.records - skipped.length - unwantedRows;
    if (rows === 0) throw this.nothingLeft();
    return {
      rows,
      files: this.scanned,
      digest: this.digest(skipped),
      skipped,
      repeated: this.repeats.length,
      bad: inOrder.map(({ bad }) => bad),
      unwanted: this.unwanted,
    };
  }

  dispose(): Promise<void> {
    return this.ids.dispose();
  }

  private progress(): ScanProgress {
    return { bytes: this.bytes, totalBytes: this.totalBytes, records: this.records };
  }

  private take(value: T, place: { ordinal: number; file: number; position: number }): void {
    const reason = this.kind.unwanted?.(value);
    if (reason === undefined) this.ids.add(this.kind.idOf(value), place);
    else this.unwanted[reason] = (this.unwanted[reason] ?? 0) + 1;
  }

  private setAside(file: InputFile, record: RawRecord, fault: Fault, ordinal: number): void {
    this.ordinals.push(ordinal);
    this.bad.add(badRecord(file, record, fault, this.kind.subject));
  }

  private async findDuplicates(): Promise<void> {
    for await (const duplicate of this.ids.duplicates()) {
      const { id, first, second } = duplicate;
      if (this.isRepeat(duplicate)) {
        this.repeats.push(second.ordinal);
        continue;
      }
      const file = this.files[second.file] as InputFile;
      const firstFile = this.files[first.file] as InputFile;
      const place = `${firstFile.name} ${unitOf(firstFile, this.kind.subject)} ${first.position}`;
      const fault = {
        field: this.kind.idField,
        expected: `a ${this.kind.idField} that occurs once`,
        found: `${describe(id)}, which ${place} has too`,
      };
      const record = { position: second.position, fields: { [this.kind.idField]: id } };
      this.setAside(file, record, fault, second.ordinal);
    }
  }

  /** Whether a docId occurs again because the text does, which SQuAD files may: many questions, one paragraph. */
  private isRepeat({ first, second }: Duplicate): boolean {
    if (this.kind.subject !== 'corpus') return false;
    const [one, other] = [this.files[first.file], this.files[second.file]];
    if (one?.format !== 'squad' || other?.format !== 'squad') return false;
    return one === other || (one.docIds === 'content' && other.docIds === 'content');
  }

  private digest(skipped: readonly number[]): string {
    const contents = this.scanned.map(({ sha256 }, i) => {
      const { format, gzipped, variant } = this.files[i] as InputFile;
      return [sha256, format, gzipped, ...(variant === undefined ? [] : [variant])];
    });
    const unwanted = Object.entries(this.unwanted).sort(([a], [b]) => (a < b ? -1 : 1));
    const decisive = [contents, skipped, unwanted, this.kind.variant ?? ''];
    return createHash('sha256').update(JSON.stringify(decisive)).digest('hex');
  }

  private nothingLeft(): InvalidInputError {
    const names = this.files.map((file) => file.name).join(', ');
    const unwanted = Object.entries(this.unwanted).map(([reason, count]) => `${count} in ${reason}`);
    const found =
      this.records === 0
        ? 'no record'
        : `${this.records} of which none can be used: ${this.ordinals.length} bad` +
          (unwanted.length > 0 ? `, not asked for: ${unwanted.join(', ')}` : '');
    return new InvalidInputError(
      `Reading the ${this.kind.subject}: expected records in ${names}, found ${found}`,
    );
  }
}
