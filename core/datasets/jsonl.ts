import { messageOf } from '../errors.js';
import { splitLines, withoutCarriageReturn, type Line } from './lines.js';
import { describe, grouped, type Fault, type RawRecord } from './raw-record.js';
import { decodeUtf8 } from './utf8.js';

/** Bytes of a record in a JSONL or TSV file; leaves room for a text of 1 MiB with every character escaped. */
export const MAX_RECORD_BYTES = 8 * 1024 * 1024;

/** Reads JSON Lines. Blank lines are no records. `skip` records are passed over without being looked at. */
export async function* readJsonl(chunks: AsyncIterable<Uint8Array>, skip = 0): AsyncGenerator<RawRecord[]> {
  let skipped = 0;
  for await (const lines of splitLines(chunks, MAX_RECORD_BYTES)) {
    const records: RawRecord[] = [];
    for (const line of lines) {
      if (isBlank(line.bytes)) continue;
      if (skipped < skip) skipped++;
      else records.push(parseLine(line));
    }
    if (records.length > 0) yield records;
  }
}

/** What is wrong with a record of `bytes` bytes, if it is too long. */
export function lengthFault(bytes: number): Fault | undefined {
  if (bytes <= MAX_RECORD_BYTES) return undefined;
  return {
    field: 'record',
    expected: `at most ${grouped(MAX_RECORD_BYTES)} bytes`,
    found: `${grouped(bytes)} bytes`,
  };
}

function parseLine(line: Line): RawRecord {
  const raw = withoutCarriageReturn(line.bytes);
  const bad = (fault: Fault): RawRecord => ({ position: line.number, fields: {}, raw, fault });
  const tooLong = lengthFault(line.length);
  if (tooLong) return bad(tooLong);
  const decoded = decodeUtf8(raw);
  if (decoded.fault) return bad(decoded.fault);
  let value: unknown;
  try {
    value = JSON.parse(decoded.text);
  } catch (error) {
    return bad({
      field: 'record',
      expected: 'a JSON object on one line',
      found: `invalid JSON: ${messageOf(error)}`,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return bad({ field: 'record', expected: 'a JSON object on one line', found: describe(value) });
  }
  return { position: line.number, fields: value as Record<string, unknown>, raw };
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 32 && byte !== 9 && byte !== 13) return false;
  return true;
}
