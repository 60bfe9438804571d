import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateFiles } from '../../../core/evaluation/evaluate-files.js';
import type { EvaluationSummary } from '../../../core/evaluation/summary.js';

const lines = (rows: object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

describe('evaluateFiles', () => {
  let folder: string;
  let files: { run: string; corpus: string; queries: string; qrels: string; output: string };
  const context = () => ({ baseDir: folder, openStore: () => Promise.reject(new Error('not used')) });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-evaluate-'));
    files = Object.fromEntries(
      [
        ['run', 'r.trec'],
        ['corpus', 'p.jsonl'],
        ['queries', 'q.jsonl'],
        ['qrels', 'qrels.trec'],
        ['output', 'm.json'],
      ].map(([name, file]) => [name!, join(folder, file!)]),
    ) as typeof files;
    await writeFile(files.run, 'q1 Q0 d2 1 0.9 x\nq1 Q0 d1 2 0.8 x\nq2 Q0 d1 1 0.5 x\nq9 Q0 d7 1 0.5 x\n');
    await writeFile(
      files.corpus,
      lines([
        { docId: 'd1', title: '', text: 'The capital of Finland is Helsinki.' },
        { docId: 'd2', title: '', text: 'Nothing of the kind.' },
      ]),
    );
    await writeFile(
      files.queries,
      lines([
        { queryId: 'q1', text: '?', lang: 'fi', answers: ['Helsinki'] },
        { queryId: 'q2', text: '?', lang: 'ja', answers: ['Turku'] },
      ]),
    );
    await writeFile(files.qrels, 'q1 0 d1 1\nq2 0 d1 1\n');
  });
  after(() => rm(folder, { recursive: true }));

  it('writes the averages as JSON, and says how many queries of the run it passed over', async () => {
    const metrics = ['mrr@10', 'r@2kt'];
    const { unknownQueries } = await evaluateFiles({ ...files, metrics }, context());
    assert.equal(unknownQueries, 1);
    assert.deepEqual(JSON.parse(await readFile(files.output, 'utf8')) as EvaluationSummary, {
      metrics: {
        'mrr@10': { all: 0.75, byLanguage: { fi: 0.5, ja: 1 } },
        'r@2kt': { all: 50, byLanguage: { fi: 100, ja: 0 } },
      },
      queries: { all: 2, byLanguage: { fi: 1, ja: 1 } },
    });
  });

  it('needs no corpus file for metrics by rank', async () => {
    const { summary } = await evaluateFiles(
      { ...files, corpus: join(folder, 'none.jsonl'), metrics: ['recall@1'] },
      context(),
    );
    assert.equal(summary.metrics['recall@1']?.all, 0.5);
  });

  it('leaves no file behind when a metric cannot be computed', async () => {
    const { run, corpus, queries } = files;
    const output = join(folder, 'refused.json');
    await assert.rejects(
      evaluateFiles({ run, corpus, queries, output, metrics: ['ndcg@10'] }, context()),
      /the relevance judgements are missing/,
    );
    assert.ok(!(await readdir(folder)).some((name) => name.startsWith('refused')));
  });

  it('refuses a run of other queries', async () => {
    const run = join(folder, 'other.trec');
    await writeFile(run, 'x1 Q0 d1 1 1 x\n');
    await assert.rejects(
      evaluateFiles({ ...files, run, metrics: ['mrr@10'] }, context()),
      /none of its queries is in .*q\.jsonl/,
    );
  });
});
