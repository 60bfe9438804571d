import { InvalidInputError } from '../errors.js';
import type { Hit, Qrels, Query, Rankings } from '../records.js';
import { parseMetric, type Metric } from './metric.js';
import type { PassageTokens } from './passage-tokens.js';
import { spanAnswers } from './recall-at-tokens.js';

export interface EvaluateInput {
  /** Goes into the rows. */
  arm: string;
  /** Queries that are not in it have found nothing, which counts as 0. */
  rankings: Rankings;
  queries: readonly Query[];
  /** Needed by recall@k, mrr@k and ndcg@k. */
  qrels?: Qrels;
  /** Names, see {@link parseMetric}. */
  metrics: readonly string[];
  /** Needed by recall at k tokens; calls that share it tokenize a passage once. */
  tokens?: PassageTokens;
}

/** The metrics of one query under one arm. */
export interface QueryMetrics {
  arm: string;
  queryId: string;
  lang: string;
  /**
   * By metric name, in percent (0 or 100) for recall at k tokens and in [0, 1] otherwise. null: the query does not
   * count, because nothing was judged for it, or because it has no answer other than yes and no.
   */
  values: Record<string, number | null>;
}

/** Queries whose passages' tokens are in memory together. */
const QUERIES_AT_ONCE = 512;
/** Passages of each ranking that are fetched together, about 2,000 tokens. */
const PASSAGES_AT_ONCE = 20;

/**
 * Measures one arm's rankings, query by query, in the order of the queries.
 *
 * recall@k, mrr@k and ndcg@k are those of trec_eval: a query that has no judgements is left out, one that was
 * judged without a relevant passage counts as 0, and so does one without a ranking (trec_eval's -c).
 * @throws InvalidInputError when a metric is unknown, or what it needs is missing
 */
export async function evaluateRankings(input: EvaluateInput): Promise<QueryMetrics[]> {
  const { arm, rankings, queries, qrels } = input;
  const metrics = input.metrics.map(parseMetric);
  checkInputs(metrics, input);
  const limit = Math.max(...metrics.map(({ tokens }) => tokens));
  const rows: QueryMetrics[] = [];
  for (let start = 0; start < queries.length; start += QUERIES_AT_ONCE) {
    const some = queries.slice(start, start + QUERIES_AT_ONCE);
    const counted = some.filter(({ answers }) => spanAnswers(answers).length > 0);
    if (input.tokens && limit > 0)
      await loadTokens(
        counted.map(({ queryId }) => rankings.get(queryId) ?? []),
        limit,
        input.tokens,
      );
    for (const { queryId, lang, answers } of some) {
      const ranking = rankings.get(queryId) ?? [];
      const measured = {
        ranking,
        judged: qrels?.get(queryId),
        answers,
        tokensOf: input.tokens?.of ?? noTokens,
      };
      const values = Object.fromEntries(metrics.map(({ name, value }) => [name, value(measured)]));
      rows.push({ arm, queryId, lang, values });
    }
  }
  return rows;
}

/** Loads each ranking's passages, from the best on, until their tokens reach the limit. */
async function loadTokens(
  rankings: readonly (readonly Hit[])[],
  limit: number,
  tokens: PassageTokens,
): Promise<void> {
  let open = rankings.map((ranking) => ({ ranking, loaded: 0, tokens: 0 }));
  const used = new Set<string>();
  while (open.length > 0) {
    for (const { ranking, loaded } of open)
      for (const { docId } of ranking.slice(loaded, loaded + PASSAGES_AT_ONCE)) used.add(docId);
    await tokens.load(used);
    for (const state of open) {
      for (const { docId } of state.ranking.slice(state.loaded, state.loaded + PASSAGES_AT_ONCE))
        state.tokens += tokens.of(docId).length;
      state.loaded += PASSAGES_AT_ONCE;
    }
    open = open.filter((state) => state.tokens < limit && state.loaded < state.ranking.length);
  }
}

function noTokens(): never {
  throw new Error('No passages were given to take tokens from');
}

function checkInputs(metrics: readonly Metric[], { qrels, tokens }: EvaluateInput): void {
  if (metrics.length === 0) throw new InvalidInputError('Evaluating: there are no metrics to compute');
  for (const { name, needs } of metrics) {
    if (needs === 'qrels' && !qrels)
      throw refusal(name, 'the relevance judgements are missing; give qrels, or leave the metric out');
    if (needs === 'answers' && !tokens)
      throw refusal(name, "the passages' texts are missing; give the corpus");
  }
}

/**
 * Checks that queries, as a whole, can be measured; of a part of them that need not hold.
 * @throws InvalidInputError naming the metric for which no query would count
 */
export function checkCountable(
  metrics: readonly string[],
  queries: readonly Query[],
  qrels: Qrels | undefined,
): void {
  if (queries.length === 0) throw new InvalidInputError('Evaluating: there are no queries');
  for (const { name, needs } of metrics.map(parseMetric)) {
    if (needs === 'qrels' && qrels && !queries.some(({ queryId }) => qrels.has(queryId)))
      throw refusal(
        name,
        'none of the queries has relevance judgements; do queries and qrels belong together?',
      );
    if (needs === 'answers' && !queries.some(({ answers }) => spanAnswers(answers).length > 0))
      throw refusal(
        name,
        'no query has an answer other than yes and no; give queries with answers, or leave the metric out',
      );
  }
}

function refusal(metric: string, missing: string): InvalidInputError {
  return new InvalidInputError(`Computing ${metric}: ${missing}`);
}
