import { z } from 'zod';
import { jsonBytes } from '../artifacts/digest.js';
import { parseRecord } from '../artifacts/records.js';
import type { ColumnTotals } from '../retrieval/column-means.js';

const TotalsSchema = z.strictObject({
  passages: z.int().min(0),
  /** Column → base64 of its float64 totals, little-endian: exact, where decimal JSON would be long. */
  totals: z.record(z.string(), z.base64()),
});

/** A shard's column totals as a JSON file. */
export function columnTotalsToJson({ passages, totals }: ColumnTotals): Uint8Array {
  const encoded = [...totals].map(([name, values]) => [
    name,
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64'),
  ]);
  return jsonBytes({ passages, totals: Object.fromEntries(encoded) as Record<string, string> });
}

/** @throws InvalidInputError when the bytes are not such a file */
export function columnTotalsFromJson(bytes: Uint8Array, uri: string): ColumnTotals {
  const { passages, totals } = parseRecord(bytes, TotalsSchema, uri);
  const decoded = Object.entries(totals).map(([name, text]): [string, Float64Array] => {
    const raw = Uint8Array.from(Buffer.from(text, 'base64'));
    return [name, new Float64Array(raw.buffer)];
  });
  return { passages, totals: new Map(decoded) };
}

/** Adds one block's totals to those of the blocks before it. */
export function addColumnTotals(into: ColumnTotals, more: ColumnTotals): void {
  into.passages += more.passages;
  for (const [name, values] of more.totals) {
    const total = into.totals.get(name);
    if (total === undefined) into.totals.set(name, values.slice());
    else values.forEach((value, i) => (total[i] = (total[i] ?? 0) + value));
  }
}
