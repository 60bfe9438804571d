import type { Fault } from './raw-record.js';

export type Parsed<T> = { value: T; fault?: undefined } | { fault: Fault };

/** What a reader has to know about a kind of record: names of its fields in users' files, and how to check them. */
export interface RecordKind<T> {
  /** What the records make up; for messages, too. */
  subject: 'corpus' | 'queries' | 'questions';
  /** The field that has to be unique. */
  idField: string;
  /** Field → names that it may have in a file, the preferred first; the first is the field's own name. */
  fields: Readonly<Record<string, readonly string[]>>;
  /** Fields without which a table's columns make no sense. */
  required: readonly string[];
  /** Columns of a TSV file without header. */
  positional: readonly string[];
  /** What else decides how records come out, for the scan's digest. */
  variant?: string;
  /** Checks one record. Returns a fault for what cannot be used. */
  parse(fields: Readonly<Record<string, unknown>>): Parsed<T>;
  idOf(value: T): string;
  /** Tells why a sound record is not wanted (`lang de`), or undefined when it is. */
  unwanted?(value: T): string | undefined;
}

/** Matches a table's columns with a kind's fields: field → index of its column. */
export function matchColumns<T>(kind: RecordKind<T>, columns: readonly string[]): Map<string, number> {
  const lower = columns.map((column) => column.toLowerCase());
  const matched = new Map<string, number>();
  for (const [field, names] of Object.entries(kind.fields)) {
    for (const name of names) {
      const exact = columns.indexOf(name);
      const index = exact >= 0 ? exact : lower.indexOf(name.toLowerCase());
      if (index >= 0) {
        matched.set(field, index);
        break;
      }
    }
  }
  return matched;
}

/** `text (or contents, passage)`, for messages about fields that are missing. */
export function namesOf<T>(kind: RecordKind<T>, field: string): string {
  const [first = field, ...others] = kind.fields[field] ?? [];
  return others.length > 0 ? `${first} (or ${others.join(', ')})` : first;
}
