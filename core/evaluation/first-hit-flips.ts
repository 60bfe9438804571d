import { parsePerturbedId } from '../perturbations/perturbed-id.js';
import type { Hit } from '../records.js';
import type { QueryMetrics } from './evaluate.js';

/** Of a perturbed query: 1 when its first hit is another passage than the clean query's, else 0. */
export const FLIP = 'flip';

/** Arm → query, under its own id → docId of the first hit. */
export type FirstHits = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The first hit of each query; queries that found nothing have none. */
export function firstHits(rankings: Iterable<readonly [string, readonly Hit[]]>): Map<string, string> {
  const first = new Map<string, string>();
  for (const [queryId, [hit]] of rankings) if (hit !== undefined) first.set(queryId, hit.docId);
  return first;
}

/**
 * One arm's metrics of perturbed queries, under the ids that `perturbedId` gives, each with {@link FLIP} added.
 * @param rankings of the perturbed queries
 * @param clean first hits of the queries as they were
 */
export function withFlips(
  rows: readonly QueryMetrics[],
  rankings: ReadonlyMap<string, readonly Hit[]>,
  clean: FirstHits,
): QueryMetrics[] {
  return rows.map((row) => {
    const now = rankings.get(row.queryId)?.[0]?.docId;
    const flip = now === clean.get(row.arm)?.get(parsePerturbedId(row.queryId).queryId) ? 0 : 1;
    return { ...row, values: { ...row.values, [FLIP]: flip } };
  });
}
