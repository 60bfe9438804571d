import { describe, grouped, type Fault } from './raw-record.js';
import type { Parsed } from './record-kind.js';

/** UTF-8 bytes that a text may have; the longest sensible passage is far below. */
export const MAX_TEXT_BYTES = 1024 * 1024;

/** UTF-8 bytes that a docId or queryId may have. */
const MAX_ID_BYTES = 1000;

/** JSON can spell it (`"\\ud800"`), UTF-8 cannot: written to a file it would turn into U+FFFD. */
const LONE_SURROGATE = /\p{Cs}/u;

type Fields = Readonly<Record<string, unknown>>;

/** The value under the first of these names that the record has and that is not null. */
export function pick(fields: Fields, names: readonly string[]): unknown {
  let found: unknown;
  for (const name of names) {
    const value = fields[name];
    if (value !== undefined && value !== null) return value;
    if (value === null) found = null;
  }
  return found;
}

/** An identifier: text without white space, because TREC run files separate by it, or a whole number. */
export function readId(fields: Fields, names: readonly string[]): Parsed<string> {
  const value = pick(fields, names);
  const field = names[0] ?? 'id';
  const bad = () =>
    wrong(field, `text without white space or a whole number, as ${listed(names)}`, describe(value));
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) return bad();
    return { value: String(value) };
  }
  if (typeof value !== 'string' || value === '') return bad();
  if (/[\s\p{Cc}]/u.test(value) || LONE_SURROGATE.test(value)) return bad();
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_ID_BYTES)
    return wrong(field, `at most ${grouped(MAX_ID_BYTES)} bytes`, `${grouped(bytes)} bytes`);
  return { value };
}

/** A text with more than white space in it. */
export function readText(fields: Fields, names: readonly string[]): Parsed<string> {
  const value = pick(fields, names);
  const field = names[0] ?? 'text';
  if (typeof value !== 'string' || value === '')
    return wrong(field, `text, as ${listed(names)}`, describe(value));
  if (value.trim() === '') return wrong(field, 'text', 'only white space');
  return checkedText(field, value);
}

/** A text that may be missing or empty. */
export function readOptionalText(fields: Fields, names: readonly string[]): Parsed<string> {
  const value = pick(fields, names);
  const field = names[0] ?? 'text';
  if (value === undefined || value === null) return { value: '' };
  if (typeof value !== 'string') return wrong(field, 'text or nothing', describe(value));
  return checkedText(field, value);
}

/** A language code, or `fallback` where the record has none. */
export function readLanguage(fields: Fields, names: readonly string[], fallback?: string): Parsed<string> {
  const given = pick(fields, names) ?? fallback;
  // XOR-Retrieve's training file has " ar" in a quarter of its lines.
  const value = typeof given === 'string' ? given.trim() : given;
  // As in the experiment file.
  if (typeof value === 'string' && /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(value)) return { value };
  return wrong(
    names[0] ?? 'lang',
    `a language code such as ar or zh-Hant, as ${listed(names)}`,
    describe(value),
  );
}

/** Texts: a list, one text, or a JSON list in a text (tables have no lists); none at all when it is missing. */
export function readTexts(fields: Fields, names: readonly string[]): Parsed<string[]> {
  const field = names[0] ?? 'answers';
  const expected = 'a list of texts';
  let value = pick(fields, names);
  if (value === undefined || value === null || value === '') return { value: [] };
  if (typeof value === 'string') value = /^\[.*\]$/s.test(value) ? parsedList(value) : [value];
  if (!Array.isArray(value)) return wrong(field, expected, describe(value));
  const texts: string[] = [];
  for (const item of value as unknown[]) {
    if (typeof item !== 'string' || item === '')
      return wrong(field, expected, `one with ${describe(item)} in it`);
    const checked = checkedText(field, item);
    if (checked.fault) return checked;
    texts.push(item);
  }
  return { value: texts };
}

export function wrong(field: string, expected: string, found: string): { fault: Fault } {
  return { fault: { field, expected, found } };
}

function checkedText(field: string, value: string): Parsed<string> {
  if (LONE_SURROGATE.test(value)) {
    return wrong(field, 'Unicode text', 'half a surrogate pair, which no UTF-8 file can hold');
  }
  // A UTF-16 unit is at most three bytes of UTF-8, so short texts need no counting.
  if (value.length * 3 > MAX_TEXT_BYTES) {
    const bytes = Buffer.byteLength(value);
    if (bytes > MAX_TEXT_BYTES) {
      return wrong(field, `at most ${grouped(MAX_TEXT_BYTES)} bytes of text`, `${grouped(bytes)} bytes`);
    }
  }
  return { value };
}

function parsedList(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
