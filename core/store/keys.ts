import { InvalidInputError } from '../errors.js';

/** Objects of a page at most; what S3 itself allows. */
export const MAX_PAGE = 1000;

/** S3's limit, kept by every driver so that what works on one store works on the other. Bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

/** What file systems allow for one path segment, kept by every driver. Bytes of UTF-8. */
const MAX_SEGMENT_BYTES = 255;

/** Below it, UTF-16's order is that of UTF-8. */
const FIRST_SURROGATE = 0xd800;

/** The folder at a file store's root that holds writes in progress; reserved in every store. */
export const TEMPORARY_FOLDER = '.xqg-tmp';

/**
 * Checks that a key names an object on every driver: relative, `/`-separated, no empty, `.` or `..` segments,
 * no control characters, at most 1024 bytes in all and 255 bytes a segment, not below `.xqg-tmp`.
 *
 * @throws InvalidInputError naming the key and the rule it breaks
 */
export function checkKey(key: string): void {
  const segments = key.split('/');
  const fault = commonFault(key, segments);
  if (fault !== undefined) throw badKey(key, fault);
  if (segments.some((segment) => segment === '')) throw badKey(key, 'has an empty segment');
}

/** Checks a prefix for `list`: like a key, but it may be empty, end in `/` or in the middle of a segment. */
export function checkPrefix(prefix: string): void {
  const segments = prefix.split('/');
  // The last segment is the beginning of a name, so `.` and `..` are fine there.
  const fault = commonFault(prefix, segments.slice(0, -1));
  if (fault !== undefined) throw badKey(prefix, fault);
  if (segments.slice(0, -1).some((segment) => segment === '')) throw badKey(prefix, 'has an empty segment');
}

/** Compares keys as S3 orders them: by their UTF-8 bytes (JavaScript's own order differs beyond U+FFFF). */
export function compareKeys(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x === y) continue;
    if (x < FIRST_SURROGATE && y < FIRST_SURROGATE) return x - y;
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  return a.length - b.length;
}

/** The number of objects that a page may hold, for what the caller asked. */
export function pageSize(limit = MAX_PAGE): number {
  if (!Number.isInteger(limit) || limit < 1) {
    throw new InvalidInputError(`Listing a store: expected a limit of 1 or more, found ${limit}`);
  }
  return Math.min(limit, MAX_PAGE);
}

/** Checks a byte range [start, end). */
export function checkRange(uri: string, start: number, end: number): void {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) {
    throw new InvalidInputError(
      `Reading a range of ${uri}: expected whole numbers 0 <= start <= end, found [${start}, ${end})`,
    );
  }
}

function commonFault(key: string, segments: string[]): string | undefined {
  // A lone surrogate does not survive UTF-8.
  if (Buffer.from(key).toString() !== key) return 'is not valid Unicode';
  if (hasControlCharacter(key)) return 'has a control character';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'has a segment "." or ".."';
  if (segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) {
    return `has a segment longer than ${MAX_SEGMENT_BYTES} bytes`;
  }
  if (segments[0] === TEMPORARY_FOLDER) return `lies in the reserved folder "${TEMPORARY_FOLDER}"`;
  return undefined;
}

function hasControlCharacter(key: string): boolean {
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function badKey(key: string, fault: string): InvalidInputError {
  return new InvalidInputError(
    `The object key ${JSON.stringify(key)} ${fault}; expected a relative, /-separated key such as "artifacts/encode/part-0000.arrow"`,
  );
}
