import { compareKeys, MAX_PAGE } from '../store/keys.js';
import type { Store } from '../store/store.js';
import { SHARD_DIGITS } from './artifact.js';

const numberedName = /^(\d+)\.json$/;

/**
 * The numbers of [from, to) that have a record `<prefix>00042.json`, ascending. Names are listed, a page of them in
 * one request; no record is read.
 */
export async function listNumbers(store: Store, prefix: string, from: number, to: number): Promise<number[]> {
  const found: number[] = [];
  for (let start = from; start < to;) {
    const end = Math.min(to, firstOfMoreDigits(start));
    for (const number of await listSameLength(store, prefix, start, end)) found.push(number);
    start = end;
  }
  return found;
}

/** Of numbers with equally many digits names are in the numbers' order; longer ones lie between them. */
async function listSameLength(store: Store, prefix: string, from: number, to: number): Promise<number[]> {
  const found: number[] = [];
  const last = `${prefix}${digits(to - 1)}.json`;
  // The beginning of the first name comes before it, and after all that are smaller.
  let after: string | undefined = prefix + digits(from);
  while (after !== undefined) {
    const page = await store.list(prefix, { after, limit: Math.min(MAX_PAGE, to - from) });
    for (const { key } of page.objects) {
      const number = Number(numberedName.exec(key.slice(prefix.length))?.[1] ?? NaN);
      if (number >= from && number < to) found.push(number);
    }
    const reached = page.objects.at(-1)?.key;
    after = reached !== undefined && compareKeys(reached, last) >= 0 ? undefined : page.next;
  }
  return found;
}

function digits(number: number): string {
  return String(number).padStart(SHARD_DIGITS, '0');
}

function firstOfMoreDigits(number: number): number {
  return 10 ** Math.max(SHARD_DIGITS, String(number).length);
}
