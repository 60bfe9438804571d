import { randomWords } from '../random-stream.js';

export interface RandomisationTest {
  /** Two-sided. */
  p: number;
  /** Signs were set in every possible way; else drawn at random this many times. */
  exact: boolean;
  permutations: number;
}

export interface RandomisationOptions {
  /** Draws; where there are no more possibilities than that, all of them are taken instead. */
  permutations: number;
  seed: readonly (string | number)[];
}

/** Sums that differ by less than this share of all summands together are equal but for rounding. */
const ROUNDING = 1e-12;

/**
 * Fisher's randomisation test for pairs (Smucker, Allan, Carterette 2007): were the two systems alike, each query's
 * values could as well be swapped, which turns the sign of its difference. p is the share of ways to set the signs
 * that give a sum at least as far from 0 as the one observed. Of drawn signs the observed ones are taken for one
 * more, (hits + 1) / (draws + 1), so that p is never 0; scipy's `permutation_test` does the same.
 *
 * @param summands the differences, each with its weight in the statistic that is tested: an average over languages
 *   of n_l queries each, L languages, weighs a difference 1 / (L · n_l)
 */
export function randomisationTest(
  summands: Float64Array,
  { permutations, seed }: RandomisationOptions,
): RandomisationTest {
  const sizes = summands.filter((summand) => summand !== 0).map(Math.abs);
  const observed = Math.abs(summands.reduce((sum, summand) => sum + summand, 0));
  const least = observed - ROUNDING * sizes.reduce((sum, size) => sum + size, 0);
  if (2 ** sizes.length <= permutations) {
    const sums = allSums(sizes);
    return { p: countFrom(sums, least) / sums.length, exact: true, permutations: sums.length };
  }
  const sums = drawnSums(sizes, permutations, randomWords(seed));
  return { p: (countFrom(sums, least) + 1) / (permutations + 1), exact: false, permutations };
}

function countFrom(sums: Float64Array, least: number): number {
  let count = 0;
  for (const sum of sums) if (Math.abs(sum) >= least) count += 1;
  return count;
}

function allSums(sizes: Float64Array): Float64Array {
  const sums = new Float64Array(2 ** sizes.length);
  let filled = 1;
  for (const size of sizes) {
    for (let i = 0; i < filled; i++) {
      const sum = sums[i] as number;
      sums[i] = sum + size;
      sums[filled + i] = sum - size;
    }
    filled *= 2;
  }
  return sums;
}

/**
 * Metrics take few distinct values, so that many differences are of the same size. The sum of c random signs is
 * 2·k − c, with k the number of ones among c random bits: a word of bits serves up to 32 queries at once.
 */
function drawnSums(sizes: Float64Array, draws: number, nextWord: () => number): Float64Array {
  const counts = new Map<number, number>();
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1);
  const distinct = Float64Array.from(counts.keys());
  const times = Int32Array.from(counts.values());
  const sums = new Float64Array(draws);
  let word = 0;
  let left = 0;
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0;
    for (let i = 0; i < distinct.length; i++) {
      const count = times[i] as number;
      let ones = 0;
      let wanted = count;
      for (; wanted >= 32; wanted -= 32) ones += onesIn(nextWord());
      if (wanted > 0) {
        if (left < wanted) {
          word = nextWord();
          left = 32;
        }
        ones += onesIn(word & ((1 << wanted) - 1));
        word >>>= wanted;
        left -= wanted;
      }
      sum += (distinct[i] as number) * (2 * ones - count);
    }
    sums[draw] = sum;
  }
  return sums;
}

/** Bits set in a word of 32. */
function onesIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
