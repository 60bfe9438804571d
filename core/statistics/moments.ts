/** Mean and spread of some numbers. */
export interface Moments {
  count: number;
  mean: number;
  /** Of a sample: with n − 1 below the line; NaN for fewer than two numbers. */
  standardDeviation: number;
}

/** In two passes, which keeps precision where the mean is large against the spread. */
export function momentsOf(values: Float64Array): Moments {
  const count = values.length;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / count;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { count, mean, standardDeviation: Math.sqrt(squares / (count - 1)) };
}

/**
 * Cohen's d_z of paired differences: their mean in units of their standard deviation. About 0.2 is called small,
 * 0.5 medium, 0.8 large.
 * @returns null where the differences do not differ
 */
export function effectSize(differences: Float64Array): number | null {
  const { mean, standardDeviation } = momentsOf(differences);
  return standardDeviation > 0 ? mean / standardDeviation : null;
}

/** The arrays one after the other. */
export function pooled(arrays: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(arrays.reduce((length, array) => length + array.length, 0));
  let start = 0;
  for (const array of arrays) {
    all.set(array, start);
    start += array.length;
  }
  return all;
}
