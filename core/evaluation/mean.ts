/** Below this many numbers, eight running sums are kept side by side. */
const BLOCK = 128;

/**
 * The mean of at least one number, added up pairwise: rounding errors grow with the logarithm of the count and not
 * with the count. The order of additions is that of `numpy.mean`, so that figures can be compared to the last bit.
 */
export function mean(values: readonly number[]): number {
  return pairwiseSum(values, 0, values.length) / values.length;
}

function pairwiseSum(values: readonly number[], start: number, count: number): number {
  if (count > BLOCK) {
    const half = Math.floor(count / 2);
    const first = half - (half % 8);
    return pairwiseSum(values, start, first) + pairwiseSum(values, start + first, count - first);
  }
  let sum = 0;
  let next = start;
  if (count >= 8) {
    const lanes = values.slice(start, start + 8) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    for (next = start + 8; next + 8 <= start + count; next += 8) {
      for (let lane = 0; lane < 8; lane++)
        lanes[lane] = (lanes[lane] as number) + (values[next + lane] as number);
    }
    const [a, b, c, d, e, f, g, h] = lanes;
    sum = a + b + (c + d) + (e + f + (g + h));
  }
  for (; next < start + count; next++) sum += values[next] as number;
  return sum;
}
