export const CORRECTIONS = ['holm', 'bonferroni', 'none'] as const;
export type Correction = (typeof CORRECTIONS)[number];

/**
 * p-values of a family of m tests, adjusted so that comparing each with the level keeps the chance of any false
 * finding in the family at the level. In the order given, at most 1.
 *
 *     Bonferroni   p̃_i = m · p_i
 *     Holm (1979)  p̃_(i) = max_{j ≤ i} (m − j + 1) · p_(j)     over the p-values in ascending order
 *
 * Holm's is never larger than Bonferroni's and needs no more assumptions.
 */
export function correctedP(ps: readonly number[], correction: Correction): number[] {
  const { length } = ps;
  if (correction === 'none') return [...ps];
  if (correction === 'bonferroni') return ps.map((p) => Math.min(1, length * p));
  const corrected = new Array<number>(length).fill(0);
  let largest = 0;
  const ascending = ps.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p);
  ascending.forEach(({ p, i }, rank) => {
    largest = Math.max(largest, Math.min(1, (length - rank) * p));
    corrected[i] = largest;
  });
  return corrected;
}
