import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { InvalidInputError, messageOf } from '../errors.js';
import type { Hit, Rankings } from '../records.js';

/**
 * A query's ranking as lines of a TREC run: `queryId Q0 docId rank score tag`.
 *
 * trec_eval takes no notice of ranks: it orders by score, as float32, and equal scores by docId backwards. So
 * that it keeps our order, a score that is not below the one before is printed as the next smaller float32.
 * @param hits best first
 * @throws InvalidInputError when an id is empty or has white space, which the format cannot hold
 */
export function trecLines(queryId: string, hits: readonly Hit[], tag: string): string {
  let previous = Infinity;
  return hits
    .map(({ docId, score }, i) => {
      let printed = Math.fround(score);
      if (!(printed < previous)) printed = nextBelow(previous);
      previous = printed;
      // Nine digits are enough to tell any two float32 apart.
      const digits = Number(printed.toPrecision(9));
      return `${token(queryId)} Q0 ${token(docId)} ${i + 1} ${digits} ${token(tag)}\n`;
    })
    .join('');
}

/** Writes a TREC run file, query by query; the file gets its name when it is complete. */
export async function writeTrecFile(
  path: string,
  rankings:
    | Iterable<readonly [queryId: string, hits: readonly Hit[]]>
    | AsyncIterable<readonly [queryId: string, hits: readonly Hit[]]>,
  tag = 'xqg',
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'wx');
    try {
      let pending = '';
      for await (const [queryId, hits] of rankings) {
        pending += trecLines(queryId, hits, tag);
        if (pending.length < 1 << 20) continue;
        await file.writeFile(pending);
        pending = '';
      }
      await file.writeFile(pending);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError(`Writing the run ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Reads a TREC run file as trec_eval does: ranks are not looked at; hits are ordered by score, as float32,
 * highest first, equal ones by docId, last first.
 * @throws InvalidInputError naming file and line when there are not six fields, the score is not a number, or a
 * passage occurs twice for a query
 */
export async function readTrecFile(path: string): Promise<Rankings> {
  const byQuery = new Map<string, Map<string, number>>();
  let number = 0;
  try {
    const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity });
    for await (const line of lines) {
      number++;
      if (line.trim() === '') continue;
      const { queryId, docId, score } = parseLine(line);
      const hits = byQuery.get(queryId) ?? new Map<string, number>();
      if (hits.has(docId)) throw new Error(`passage ${docId} occurs twice for query ${queryId}`);
      hits.set(docId, score);
      byQuery.set(queryId, hits);
    }
  } catch (error) {
    const place = number === 0 ? path : `${path}, line ${number}`;
    throw new InvalidInputError(`Reading the run ${place}: ${messageOf(error)}`, { cause: error });
  }
  return new Map(Array.from(byQuery, ([queryId, hits]) => [queryId, inTrecOrder(hits)]));
}

function inTrecOrder(scores: ReadonlyMap<string, number>): Hit[] {
  return Array.from(scores, ([docId, score]) => ({ docId, score })).sort(
    (a, b) => b.score - a.score || Buffer.compare(Buffer.from(b.docId), Buffer.from(a.docId)),
  );
}

function parseLine(line: string): { queryId: string; docId: string; score: number } {
  const [queryId, , docId, , score, tag, ...others] = line.trim().split(/\s+/);
  const value = Math.fround(Number(score));
  if (queryId === undefined || docId === undefined || tag === undefined || others.length > 0)
    throw new Error(
      `expected "queryId Q0 docId rank score tag", found ${JSON.stringify(line.slice(0, 200))}`,
    );
  if (Number.isNaN(value)) throw new Error(`expected a number as score, found ${JSON.stringify(score)}`);
  return { queryId, docId, score: value };
}

function token(text: string): string {
  if (text !== '' && !/\s/.test(text)) return text;
  throw new InvalidInputError(
    `Writing a TREC run: ${JSON.stringify(text)} ${text === '' ? 'is empty' : 'has white space in it'}, which the format cannot hold; give the passage or query another id`,
  );
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The largest float32 below a finite float32; of Infinity, the largest float32. */
function nextBelow(value: number): number {
  float[0] = value;
  const current = bits[0] as number;
  if (value === 0) bits[0] = 0x80000001 | 0;
  else bits[0] = value > 0 ? current - 1 : current + 1;
  return float[0];
}
