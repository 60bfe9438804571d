import type { AdversarialRow } from '../evaluation/adversarial.js';
import { ENGLISH } from '../datasets/pawsx-corpus.js';
import type { QueryMetrics } from '../evaluation/evaluate.js';

/** Figures of adversarial retrieval that claims and tests may be about: of pairs with label 0, in [0, 1]. */
export const PAWSX_METRICS = ['pawsx.winRate', 'pawsx.robustAccuracy', 'pawsx.mrr'] as const;

export function isPawsxMetric(metric: string): boolean {
  return (PAWSX_METRICS as readonly string[]).includes(metric);
}

/**
 * The adversarial pairs as queries with metrics, so that arms are compared pair by pair. English is left out where
 * there are other languages, as in the average of the report.
 */
export function pawsxQueryMetrics(rows: readonly AdversarialRow[]): QueryMetrics[] {
  const adversarial = rows.filter(({ label }) => label === 0);
  const others = adversarial.filter(({ lang }) => lang !== ENGLISH);
  return (others.length > 0 ? others : adversarial).map(
    ({ arm, lang, pairId, trueScore, otherScore, rank }): QueryMetrics => ({
      arm,
      lang,
      queryId: pairId,
      values: {
        'pawsx.winRate': otherScore >= trueScore ? 1 : 0,
        'pawsx.robustAccuracy': rank === 1 ? 1 : 0,
        'pawsx.mrr': 1 / rank,
      },
    }),
  );
}
