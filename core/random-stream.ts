import { createHash } from 'node:crypto';

/** A stream of uniform random numbers in [0, 1), 53 bits each. */
export type RandomStream = () => number;

/** 128 bits that stand for a seed of any form. */
export function seedKey(seed: readonly (string | number)[]): Buffer {
  return createHash('sha256').update(JSON.stringify(seed)).digest();
}

/**
 * Words of 32 random bits, from 0 to 2³² − 1, that follow from a seed: Chris Doty-Humphrey's Small Fast Counting
 * generator of 128 bits (PractRand, public domain). Libraries of such generators take 32 bits of seed, too few for
 * a stream to each of hundreds of millions of questions.
 */
export function randomWords(seed: readonly (string | number)[]): () => number {
  const key = seedKey(seed);
  let [a, b, c, counter] = [key.readInt32LE(0), key.readInt32LE(4), key.readInt32LE(8), key.readInt32LE(12)];
  return () => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
}

/** The random stream of a seed, two words a number. */
export function randomStream(seed: readonly (string | number)[]): RandomStream {
  const next = randomWords(seed);
  return () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000;
}
