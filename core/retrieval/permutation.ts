import { createHash } from 'node:crypto';

/**
 * A seeded cyclic permutation of 0 … length − 1: it has no fixed point when there are at least two elements
 * (Sattolo 1986). Element i stands for "the passage whose questions passage i is given".
 * @param seed the permutation follows from this text and the length alone
 */
export function cyclicPermutation(length: number, seed: string): Uint32Array {
  const permutation = Uint32Array.from({ length }, (_, i) => i);
  const random = randomNumbers(seed);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * i);
    const swapped = permutation[i] as number;
    permutation[i] = permutation[j] as number;
    permutation[j] = swapped;
  }
  return permutation;
}

/** Uniform in [0, 1), 32 bits each: sfc32 (Doty-Humphrey, PractRand), seeded by SHA-256. */
function randomNumbers(seed: string): () => number {
  const digest = createHash('sha256').update(seed).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = digest.readInt32LE(12);
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}
