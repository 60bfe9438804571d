import { isUtf8 } from 'node:buffer';
import type { Fault } from './raw-record.js';

/** Decodes bytes exactly, or says which byte is not UTF-8; nothing is replaced or left out. */
export function decodeUtf8(bytes: Buffer): { text: string; fault?: undefined } | { fault: Fault } {
  if (isUtf8(bytes)) return { text: bytes.toString('utf8') };
  const at = firstInvalidByte(bytes);
  const byte = (bytes[at] ?? 0).toString(16).padStart(2, '0');
  return { fault: { field: 'record', expected: 'UTF-8', found: `the byte 0x${byte} at position ${at + 1}` } };
}

/** 0-based. The decoder puts U+FFFD where bytes are invalid; a U+FFFD that really stands there is EF BF BD. */
function firstInvalidByte(bytes: Buffer): number {
  const text = bytes.toString('utf8');
  let offset = 0;
  let from = 0;
  for (;;) {
    const at = text.indexOf('\uFFFD', from);
    if (at < 0) return bytes.length - 1;
    offset += Buffer.byteLength(text.slice(from, at));
    if (bytes[offset] !== 0xef || bytes[offset + 1] !== 0xbf || bytes[offset + 2] !== 0xbd) return offset;
    offset += 3;
    from = at + 1;
  }
}
