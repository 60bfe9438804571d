import { lengthFault, MAX_RECORD_BYTES } from '../jsonl.js';
import { splitLines, withoutCarriageReturn, type Line } from '../lines.js';
import type { RawRecord } from '../raw-record.js';
import { decodeUtf8 } from '../utf8.js';

/** Reads topics as Anserini does: id, a tab, the query to the end of the line. No header, and nothing is quoted. */
export async function* readTopics(
  chunks: AsyncIterable<Uint8Array>,
  skip: number,
): AsyncGenerator<RawRecord[]> {
  let skipped = 0;
  for await (const lines of splitLines(chunks, MAX_RECORD_BYTES)) {
    const records: RawRecord[] = [];
    for (const line of lines) {
      if (withoutCarriageReturn(line.bytes).length === 0) continue;
      if (skipped < skip) skipped++;
      else records.push(topicOf(line));
    }
    if (records.length > 0) yield records;
  }
}

function topicOf({ bytes, length, number }: Line): RawRecord {
  const raw = withoutCarriageReturn(bytes);
  const decoded = decodeUtf8(raw);
  const fault = lengthFault(length) ?? decoded.fault;
  if (fault) return { position: number, fields: {}, fault, raw };
  const text = 'text' in decoded ? decoded.text : '';
  const tab = text.indexOf('\t');
  if (tab < 0) {
    const noTab = { field: 'record', expected: 'an id, a tab and a query', found: 'no tab' };
    return { position: number, fields: {}, fault: noTab, raw };
  }
  return { position: number, fields: { queryId: text.slice(0, tab), text: text.slice(tab + 1) }, raw };
}
