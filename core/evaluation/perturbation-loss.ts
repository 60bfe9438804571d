import { parsePerturbedId } from '../perturbations/perturbed-id.js';
import type { QueryMetrics } from './evaluate.js';
import { FLIP } from './first-hit-flips.js';
import { summarize, type Averages } from './summary.js';

/** One arm's metrics of perturbed queries beside those of the same queries as they were. */
export interface PerturbationLoss {
  /** By metric. */
  clean: Record<string, Averages>;
  perturbed: Record<string, Averages>;
  /** Share of queries whose first hit is another passage. */
  flips: Averages;
}

/**
 * Averages of one arm over perturbed queries, and over the same queries before; the loss is their difference.
 * @param clean rows of at least the queries that were perturbed
 * @param perturbed rows of one perturbation, under the ids that `perturbedId` gives, with {@link FLIP} among their values
 */
export function perturbationLoss(
  clean: readonly QueryMetrics[],
  perturbed: readonly QueryMetrics[],
): PerturbationLoss {
  const taken = new Set(perturbed.map(({ queryId }) => parsePerturbedId(queryId).queryId));
  const { [FLIP]: flips, ...metrics } = summarize(perturbed).metrics;
  if (flips === undefined)
    throw new Error('Measuring the loss: the rows do not say whether the first hit is another');
  return {
    clean: summarize(clean.filter(({ queryId }) => taken.has(queryId))).metrics,
    perturbed: metrics,
    flips,
  };
}
