import { createHash } from 'node:crypto';

/** A stream of uniform random numbers in [0, 1). */
export type RandomStream = () => number;

/**
 * 128 bits that identify one question's randomness. They depend on nothing else, so a question is drawn alike
 * whatever else is in its batch, its block or its shard.
 */
function questionKey(seed: number, docId: string, language: string, index: number): Buffer {
  return createHash('sha256').update(JSON.stringify([seed, docId, language, index])).digest();
}

/** The random stream of the question `index` in `language` for the passage `docId`. */
export function questionRandom(seed: number, docId: string, language: string, index: number): RandomStream {
  const key = questionKey(seed, docId, language, index);
  return sfc32(key.readInt32LE(0), key.readInt32LE(4), key.readInt32LE(8), key.readInt32LE(12));
}

/** The same identity as a non-negative 31-bit integer, for servers that take one integer as `seed`. */
export function questionSeed(seed: number, docId: string, language: string, index: number): number {
  return questionKey(seed, docId, language, index).readInt32LE(0) & 0x7fffffff;
}

/**
 * Chris Doty-Humphrey's Small Fast Counting generator of 128 bits (PractRand, public domain), of which 53 bits
 * a number are used. Libraries of such generators take 32 bits of seed, too few for a stream to each of
 * hundreds of millions of questions.
 */
function sfc32(a: number, b: number, c: number, counter: number): RandomStream {
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  return () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
}
