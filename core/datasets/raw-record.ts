/** What is wrong with a record: in which field, what was expected, what was found. */
export interface Fault {
  field: string;
  expected: string;
  found: string;
}

/** A record of a user's file, before its fields are checked; or, with `fault`, what could not be read as one. */
export interface RawRecord {
  /** 1-based line where it begins, or 1-based row of a Parquet file, paragraph or question of a SQuAD file */
  position: number;
  fields: Readonly<Record<string, unknown>>;
  fault?: Fault;
  /** The bytes it was read from, where there are any. */
  raw?: Buffer;
}

export type PositionUnit = 'line' | 'row' | 'paragraph' | 'question';

/** A record that cannot be used, as quarantine files and error messages tell it. */
export interface BadRecord extends Fault {
  file: string;
  /** How `position` counts. */
  unit: PositionUnit;
  /** 1-based */
  position: number;
  /** The record's beginning. */
  excerpt: string;
}

const EXCERPT_CHARACTERS = 200;

/** Beginning of a record for people: at most 200 characters; bytes that are not UTF-8 show as U+FFFD. */
export function excerptOf(record: RawRecord): string {
  // Four bytes a character at most.
  const text = record.raw
    ? record.raw.subarray(0, EXCERPT_CHARACTERS * 4).toString('utf8')
    : JSON.stringify(record.fields, (_, value: unknown) => shortened(value));
  return text.length > EXCERPT_CHARACTERS ? `${text.slice(0, EXCERPT_CHARACTERS)}…` : text;
}

/** `corpus.jsonl line 7: text: expected …, found …` */
export function sentenceOf(bad: BadRecord): string {
  return `${bad.file} ${bad.unit} ${bad.position}: ${bad.field}: expected ${bad.expected}, found ${bad.found}`;
}

/** A value in words, short enough for a message. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty string';
  if (value instanceof Uint8Array) return 'bytes that are not UTF-8';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return `the ${typeof value} ${String(value)}`;
}

/** 1048576 as `1,048,576`. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, EXCERPT_CHARACTERS);
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? '(bytes)' : value;
}
