import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { readTrecFile } from '../../core/formats/trec.js';
import type { Rankings } from '../../core/records.js';
import type { ReportData } from '../../core/report/report-data.js';
import { bundledModel, xqgDone, type Ended } from './xqg.js';

const { encoder: e5, generator: mini } = bundledModel;

export const rankedDocIds = (rankings: Rankings): [string, string[]][] =>
  [...rankings].map(([queryId, hits]) => [queryId, hits.map(({ docId }) => docId)]);

/**
 * The single steps on the small experiment's files end where the whole run did, whose rankings and report lie in
 * `out`. Blocks, batches and processes differ between the two.
 * @param arms ids of the encoder alone, and of its arm with all questions and α = 0.05
 */
export function describeAgreement(
  path: (name?: string) => string,
  arms: { alone: string; augmented: string },
): void {
  const { alone, augmented } = arms;
  const step = (...args: string[]): Promise<Ended> => xqgDone([...args, '--threads', '1'], { cwd: path() });

  before(async () => {
    const encode = ['encode', '--model', e5, '--kind'];
    await step(...encode, 'passage', '--input', 'passages.jsonl', '--output', 'p.arrow');
    await step(...encode, 'query', '--input', 'queries.jsonl', '--output', 'q.arrow');
  });

  const assertSameRankings = async (arm: string): Promise<void> => {
    const single = await readTrecFile(path('single.trec'));
    const whole = await readTrecFile(path(`out/${arm}.trec`));
    assert.deepEqual(rankedDocIds(single), rankedDocIds(whole));
    for (const [queryId, hits] of single)
      hits.forEach(({ score }, i) =>
        assert.ok(Math.abs(score - (whole.get(queryId)?.[i]?.score ?? NaN)) < 1e-4),
      );
  };

  it('on the rankings of the encoder alone', async () => {
    await step(
      'search',
      '--passages',
      'p.arrow',
      '--queries',
      'q.arrow',
      '--depth',
      '5',
      '--output',
      'single.trec',
    );
    await assertSameRankings(alone);
  });

  it('on the rankings with questions', async () => {
    await step(
      ...[
        'generate',
        '--model',
        mini,
        '--input',
        'passages.jsonl',
        '--languages',
        'ar,ru',
        '--per-language',
        '2',
      ],
      ...['--seed', '7', '--output', 'questions.parquet'],
    );
    await step('accumulate', '--model', e5, '--questions', 'questions.parquet', '--output', 'sums.arrow');
    await xqgDone(
      ['augment', '--passages', 'p.arrow', '--sums', 'sums.arrow', '--alpha', '0.05', '--output', 'a.arrow'],
      { cwd: path() },
    );
    await step(
      ...[
        'search',
        '--passages',
        'a.arrow',
        '--queries',
        'q.arrow',
        '--similarity',
        'cosine',
        '--depth',
        '5',
      ],
      ...['--output', 'single.trec'],
    );
    await assertSameRankings(augmented);
  });

  it('on the metrics', async () => {
    const metrics = ['recall@1', 'ndcg@5', 'r@2kt'];
    await xqgDone(
      [
        ...[
          'evaluate',
          '--run',
          `out/${alone}.trec`,
          '--corpus',
          'passages.jsonl',
          '--queries',
          'queries.jsonl',
        ],
        ...['--qrels', 'qrels.trec', '--metrics', metrics.join(), '--output', 'metrics.json'],
      ],
      { cwd: path() },
    );
    const single = JSON.parse(await readFile(path('metrics.json'), 'utf8')) as {
      metrics: Record<string, { all: number }>;
    };
    const report = JSON.parse(await readFile(path('out/report.json'), 'utf8')) as ReportData;
    const whole = report.arms.find(({ arm }) => arm.id === alone)?.results;
    for (const metric of metrics) {
      const [found, expected] = [single.metrics[metric]?.all, whole?.[metric]?.all];
      assert.ok(
        Math.abs((found ?? NaN) - (expected ?? NaN)) < 1e-9,
        `${metric}: ${found}, expected ${expected}`,
      );
    }
  });
}
