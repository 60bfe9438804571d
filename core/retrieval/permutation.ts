import { randomStream } from '../random-stream.js';

/**
 * A seeded cyclic permutation of 0 … length − 1: it has no fixed point when there are at least two elements
 * (Sattolo 1986). Element i stands for "the passage whose questions passage i is given".
 * @param seed the permutation follows from this text and the length alone
 */
export function cyclicPermutation(length: number, seed: string): Uint32Array {
  const permutation = Uint32Array.from({ length }, (_, i) => i);
  const random = randomStream([seed]);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * i);
    const swapped = permutation[i] as number;
    permutation[i] = permutation[j] as number;
    permutation[j] = swapped;
  }
  return permutation;
}
