import { InvalidInputError } from '../errors.js';
import type { Hit } from '../records.js';
import { mrr } from './mrr.js';
import { ndcg } from './ndcg.js';
import { recall } from './recall.js';
import { recallAtTokens } from './recall-at-tokens.js';

/** What is known of one query when its ranking is measured. */
export interface MeasuredQuery {
  /** Best first. */
  ranking: readonly Hit[];
  /** Grades of the passages that were judged; undefined when none was. */
  judged: ReadonlyMap<string, number> | undefined;
  answers: readonly string[];
  /** Word tokens of a passage of the ranking's head; see {@link Metric.tokens}. */
  tokensOf: (docId: string) => readonly string[];
}

export interface Metric {
  /** `recall@10`, `mrr@10`, `ndcg@10`, `r@2kt` */
  name: string;
  needs: 'qrels' | 'answers';
  /** For recall at k tokens: how many of the ranking's tokens are looked at; else 0. */
  tokens: number;
  /** In percent for recall at k tokens, in [0, 1] otherwise; null when the query does not count for this metric. */
  value: (query: MeasuredQuery) => number | null;
}

/**
 * A metric by its name: `recall@k`, `mrr@k`, `ndcg@k` with k in passages, `r@kkt` with k in thousands of tokens.
 * @throws InvalidInputError when there is no such metric
 */
export function parseMetric(name: string): Metric {
  const byRank = /^(recall|mrr|ndcg)@([1-9]\d*)$/.exec(name);
  if (byRank) {
    const k = Number(byRank[2]);
    const compute = { recall, mrr, ndcg }[byRank[1] as 'recall' | 'mrr' | 'ndcg'];
    return {
      name,
      needs: 'qrels',
      tokens: 0,
      value: ({ ranking, judged }) => (judged ? compute(ranking, judged, k) : null),
    };
  }
  const byTokens = /^r@([1-9]\d*)kt$/.exec(name);
  if (byTokens) {
    const tokens = 1000 * Number(byTokens[1]);
    return {
      name,
      needs: 'answers',
      tokens,
      value: ({ ranking, answers, tokensOf }) => {
        const hit = recallAtTokens(ranking, answers, tokens, tokensOf);
        return hit === null ? null : hit ? 100 : 0;
      },
    };
  }
  throw new InvalidInputError(
    `Reading the list of metrics: there is no metric ${JSON.stringify(name)}; expected recall@k, mrr@k, ndcg@k or r@kkt, such as recall@100, mrr@10, ndcg@10, r@2kt`,
  );
}
