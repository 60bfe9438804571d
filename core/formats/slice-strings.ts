import { isAscii } from 'node:buffer';

/** Decoded at once. A substring keeps the whole string in memory that it is of, and one may outlive thousands: just a few. */
const TOGETHER = 16;

/**
 * Strings [start, end) of those that lie one after the other in UTF-8.
 * @param offsets where in `bytes` each begins, and the last one ends
 */
export function sliceStrings(
  { buffer, byteOffset, byteLength }: Uint8Array,
  offsets: Int32Array,
  start: number,
  end: number,
): string[] {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const strings = new Array<string>(end - start);
  if (!isAscii(bytes.subarray(offsets[start], offsets[end]))) {
    for (let i = start; i < end; i++) strings[i - start] = bytes.toString('utf8', offsets[i], offsets[i + 1]);
    return strings;
  }
  // A byte is a letter: taking substrings is faster than decoding each.
  for (let first = start; first < end; first += TOGETHER) {
    const last = Math.min(end, first + TOGETHER);
    const from = offsets[first] as number;
    const text = bytes.toString('latin1', from, offsets[last]);
    for (let i = first; i < last; i++)
      strings[i - start] = text.substring((offsets[i] as number) - from, (offsets[i + 1] as number) - from);
  }
  return strings;
}
