import assert from 'node:assert/strict';
import { checkCountable, evaluateRankings, type EvaluateInput } from '../../../core/evaluation/evaluate.js';
import { PassageTokens, type PassageTexts } from '../../../core/evaluation/passage-tokens.js';
import { loadSentenceParameters } from '../../../core/evaluation/sentence-parameters.js';
import { summarize } from '../../../core/evaluation/summary.js';
import { queryMetricsFromParquet, queryMetricsToParquet } from '../../../core/formats/metrics.js';
import type { Query } from '../../../core/records.js';

const query = (queryId: string, lang: string, answers: string[] = []): Query => ({
  queryId,
  text: '?',
  lang,
  answers,
});
const ranked = (...docIds: string[]) => docIds.map((docId, i) => ({ docId, score: -i }));

const { parameters } = await loadSentenceParameters();

const texts: PassageTexts = async (docIds) =>
  new Map(
    docIds.map((docId) => [docId, { d1: 'Paris is in France.', d2: 'Rome is not.', d3: 'Oslo.' }[docId]!]),
  );

const input: EvaluateInput = {
  arm: 'e5',
  rankings: new Map([
    ['ar-1', ranked('d1', 'd2')],
    ['ar-2', ranked('d2', 'd1')],
    ['fi-1', ranked('d3', 'd1')],
    ['te-1', ranked('d1')],
  ]),
  queries: [
    query('ar-1', 'ar', ['Paris']),
    query('ar-2', 'ar', ['Rome']),
    query('fi-1', 'fi', ['Oslo', 'yes']),
    query('fi-2', 'fi', ['Oslo']),
    query('te-1', 'te', ['no']),
  ],
  qrels: new Map([
    ['ar-1', new Map([['d1', 1]])],
    ['ar-2', new Map([['d1', 1]])],
    ['fi-1', new Map([['d1', 1]])],
    ['fi-2', new Map([['d1', 1]])],
  ]),
  metrics: ['mrr@10', 'recall@1', 'r@1kt'],
  tokens: new PassageTokens(texts, parameters),
};

describe('evaluation of an arm', () => {
  it('gives a row for each query, null where a metric does not count it, 0 where nothing was found', async () => {
    const rows = await evaluateRankings(input);
    assert.deepEqual(
      rows.map(({ arm, queryId, lang, values }) => [arm, queryId, lang, ...Object.values(values)]),
      [
        ['e5', 'ar-1', 'ar', 1, 1, 100],
        ['e5', 'ar-2', 'ar', 0.5, 0, 100],
        ['e5', 'fi-1', 'fi', 0.5, 0, 100],
        ['e5', 'fi-2', 'fi', 0, 0, 0],
        ['e5', 'te-1', 'te', null, null, null],
      ],
    );
  });

  it('averages over the queries of a language, then over languages', async () => {
    const summary = summarize(await evaluateRankings(input));
    assert.deepEqual(summary, {
      metrics: {
        'mrr@10': { all: 0.5, byLanguage: { ar: 0.75, fi: 0.25 } },
        'recall@1': { all: 0.25, byLanguage: { ar: 0.5, fi: 0 } },
        'r@1kt': { all: 75, byLanguage: { ar: 100, fi: 50 } },
      },
      queries: { all: 5, byLanguage: { ar: 2, fi: 2, te: 1 } },
      counted: Object.fromEntries(
        ['mrr@10', 'recall@1', 'r@1kt'].map((name) => [
          name,
          { all: 4, byLanguage: { ar: 2, fi: 2, te: 0 } },
        ]),
      ),
    });
  });

  it('keeps rows as Parquet', async () => {
    const rows = await evaluateRankings(input);
    assert.deepEqual(await queryMetricsFromParquet(await queryMetricsToParquet(rows)), rows);
  });

  it('fetches passages until a ranking has its tokens, each once', async () => {
    const asked: string[] = [];
    const docIds = Array.from({ length: 100 }, (_, i) => `d${i}`);
    await evaluateRankings({
      ...input,
      metrics: ['r@1kt'],
      queries: [query('q1', 'ar', ['x']), query('q2', 'ar', ['x'])],
      rankings: new Map([
        ['q1', ranked(...docIds)],
        ['q2', ranked(...docIds)],
      ]),
      tokens: new PassageTokens(async (wanted) => {
        asked.push(...wanted);
        return new Map(wanted.map((docId) => [docId, 'word '.repeat(40)]));
      }, parameters),
    });
    assert.deepEqual(asked, docIds.slice(0, 40));
  });

  it('names a ranked passage that the corpus does not have', async () => {
    const tokens = new PassageTokens(async () => new Map([['d1', 'Paris']]), parameters);
    await assert.rejects(
      evaluateRankings({ ...input, tokens }),
      /passage d2 is in a ranking but not in the corpus/,
    );
  });

  it('asks for no passages when no metric needs them', async () => {
    const tokens = new PassageTokens(() => Promise.reject(new Error('asked')), parameters);
    await evaluateRankings({ ...input, tokens, metrics: ['mrr@10'] });
  });

  it('names what a metric misses', async () => {
    const { qrels, tokens, ...bare } = input;
    await assert.rejects(
      evaluateRankings({ ...bare, tokens: tokens!, metrics: ['ndcg@10'] }),
      /Computing ndcg@10: the relevance judgements are missing/,
    );
    await assert.rejects(
      evaluateRankings({ ...bare, qrels: qrels!, metrics: ['r@2kt'] }),
      /Computing r@2kt: the passages' texts are missing/,
    );
  });

  it('refuses queries none of which would count', () => {
    assert.throws(
      () => checkCountable(['ndcg@10'], input.queries, new Map([['other', new Map()]])),
      /none of the queries has relevance judgements/,
    );
    assert.throws(
      () => checkCountable(['r@2kt'], [query('a', 'ar')], undefined),
      /no query has an answer other than yes and no/,
    );
  });
});
