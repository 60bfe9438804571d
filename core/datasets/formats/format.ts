import type { InputFile } from '../input-file.js';
import type { PositionUnit, RawRecord } from '../raw-record.js';
import type { RecordKind } from '../record-kind.js';
import type { Look } from './looks.js';

export interface ReadOptions {
  /** Records to pass over without looking at them. */
  skip: number;
  /** Sees the bytes as they lie in the file, to the last. Not called for Parquet, which is not read in order. */
  onRaw?: ((chunk: Uint8Array) => void) | undefined;
}

/** A form of files: how to tell it, and how to read records from it. */
export interface Format {
  /** For messages: what such a file holds. */
  holds: string;
  /** What its files look like. A file that looks like something else is refused. */
  looks: readonly Look[];
  /** How places in it are counted. @default lines */
  unit?: (subject: RecordKind<unknown>['subject']) => PositionUnit;
  /** Streams a file's records in batches, under field names that the kind knows. */
  read<T>(file: InputFile, kind: RecordKind<T>, options: ReadOptions): AsyncGenerator<RawRecord[]>;
}
