import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { passagesFromParquet } from '../../core/formats/passages.js';
import { queriesFromParquet } from '../../core/formats/queries.js';
import { questionsFromParquet } from '../../core/formats/questions.js';
import { readTrecFile } from '../../core/formats/trec.js';
import { vectorsFromIpc, type VectorBatch } from '../../core/formats/vectors.js';
import type { Encoder } from '../../core/models/encoder.js';
import { openOnnxEncoder } from '../../core/models/onnx-encoder.js';
import type { Question } from '../../core/records.js';
import { naiveRanking } from '../core/retrieval/search-fixtures.js';
import { writeSmallExperiment } from '../workflows/small-experiment.js';
import { bundledModel, goldenModel, suiteFolder, xqgDone, xqgRefused } from './xqg.js';

const { encoder: e5, generator: mini } = bundledModel;
const PASSAGES = 8;
const QUERIES = 6;

/** The single steps one after the other on the bundled models, each a process of its own. */
describe('single steps', function () {
  this.timeout('5m');
  const { path, names } = suiteFolder();
  const step = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await xqgDone([...args, '--json'], { cwd: path() })).stdout);
  const vectors = async (name: string): Promise<VectorBatch> => vectorsFromIpc(await readFile(path(name)));
  const questions = async (name: string): Promise<Question[]> =>
    questionsFromParquet(await readFile(path(name)));
  let encoder: Encoder;

  before(async () => {
    await writeSmallExperiment(path(), { passages: PASSAGES });
    encoder = await openOnnxEncoder(e5, { threads: 1 });
  });
  after(() => encoder.close());

  /** The vector that the model gives for one text. */
  const encoded = async (text: string, kind: 'passage' | 'query'): Promise<Float32Array> =>
    encoder.encode([{ text }], kind);

  it('ingest passages', async () => {
    const told = await step(
      'ingest',
      '--kind',
      'passage',
      '--input',
      'passages.jsonl',
      '--output',
      'passages.parquet',
    );
    const found = { rows: PASSAGES, bad: 0, repeated: 0, unwanted: {} };
    assert.deepEqual({ ...(told as object), files: [] }, { ...found, files: [] });
    const passages = await passagesFromParquet(await readFile(path('passages.parquet')));
    const given = (await readFile(path('passages.jsonl'), 'utf8')).trim().split('\n');
    assert.deepEqual(
      passages,
      given.map((line) => JSON.parse(line) as unknown),
    );
  });

  it('ingest queries, setting bad ones aside with the reason', async () => {
    const given = (await readFile(path('queries.jsonl'), 'utf8')).split('\n');
    await writeFile(
      path('some-bad.jsonl'),
      [given[0], '{"queryId": "q", "lang": "en"}', ...given.slice(1)].join('\n'),
    );
    const told = (await step(
      ...['ingest', '--kind', 'query', '--input', 'some-bad.jsonl', '--quarantine', 'bad.jsonl'],
      ...['--output', 'queries.parquet'],
    )) as { rows: number; bad: number };
    assert.deepEqual([told.rows, told.bad], [QUERIES, 1]);
    assert.equal((await queriesFromParquet(await readFile(path('queries.parquet')))).length, QUERIES);
    assert.match(await readFile(path('bad.jsonl'), 'utf8'), /some-bad\.jsonl.*"text".*\n$/);
  });

  it('encode passages, from what ingest wrote', async () => {
    const told = await step(
      'encode',
      '--model',
      e5,
      '--kind',
      'passage',
      '--input',
      'passages.parquet',
      '--output',
      'p.arrow',
    );
    assert.deepEqual(told, { rows: PASSAGES, dimensions: 384, output: 'p.arrow' });
    const { ids, columns, idColumn } = await vectors('p.arrow');
    assert.deepEqual(
      [idColumn, ids.length, columns.map(({ name }) => name)],
      ['docId', PASSAGES, ['embedding']],
    );
    const [, second] = await passagesFromParquet(await readFile(path('passages.parquet')));
    assertClose(columns[0]?.data.subarray(384, 768), await encoded(second?.text ?? '', 'passage'), 1e-5);
  });

  it('encode queries in half precision', async () => {
    await step(
      ...['encode', '--model', e5, '--kind', 'query', '--input', 'queries.jsonl', '--precision', 'float16'],
      ...['--output', 'q.arrow'],
    );
    const { ids, columns, idColumn } = await vectors('q.arrow');
    const queries = await queriesFromParquet(await readFile(path('queries.parquet')));
    assert.deepEqual([idColumn, ids], ['queryId', queries.map(({ queryId }) => queryId)]);
    assertClose(columns[0]?.data.subarray(0, 384), await encoded(queries[0]?.text ?? '', 'query'), 1e-3);
  });

  const generate = (output: string, ...how: string[]) =>
    step(
      ...['generate', '--model', mini, '--input', 'passages.jsonl', '--languages', 'ru,ar'],
      ...['--per-language', '2', '--output', output, ...how],
    );

  it('generate questions by sampling, the same at every time of asking', async () => {
    const told = (await generate('questions.parquet', '--seed', '5')) as {
      byLanguage: Record<string, { questions: number }>;
    };
    assert.deepEqual(
      Object.entries(told.byLanguage).map(([lang, { questions: n }]) => [lang, n]),
      [
        ['ru', 16],
        ['ar', 16],
      ],
    );
    await generate('again.parquet', '--seed', '5');
    assert.ok((await readFile(path('questions.parquet'))).equals(await readFile(path('again.parquet'))));
    const written = await questions('questions.parquet');
    assert.deepEqual(
      written.slice(0, 4).map(({ docId, lang, index }) => [docId, lang, index]),
      [
        ['xquad-0', 'ru', 0],
        ['xquad-0', 'ru', 1],
        ['xquad-0', 'ar', 0],
        ['xquad-0', 'ar', 1],
      ],
    );
    assert.ok(written.some(({ text, lang }) => lang === 'ru' && /\p{Script=Cyrillic}/u.test(text)));
  });

  it('generate other questions with another seed', async () => {
    await generate('other.parquet', '--seed', '6');
    assert.notDeepEqual(await questions('other.parquet'), await questions('questions.parquet'));
  });

  it('generate the likeliest question greedily', async () => {
    await generate('greedy.parquet', '--greedy');
    const greedy = await questions('greedy.parquet');
    assert.equal(greedy.length, PASSAGES * 4);
    assert.equal(greedy[0]?.text, greedy[1]?.text);
  });

  it('generate nothing in a language that the model does not have', async () => {
    const message = await xqgRefused(
      [
        'generate',
        '--model',
        mini,
        '--input',
        'passages.jsonl',
        '--languages',
        'ar,sw',
        '--output',
        'none.parquet',
      ],
      { cwd: path() },
    );
    assert.match(message, /expected a language among ar, bn, .*, found "sw"/);
    assert.ok(!(await names()).some((name) => name.startsWith('none')));
  });

  it('import questions, checked and in the order of the corpus', async () => {
    const lines = (await questions('questions.parquet'))
      .reverse()
      .map((question) => JSON.stringify(question));
    await writeFile(path('elsewhere.jsonl'), `${lines.slice(1).join('\n')}\n`);
    const told = (await step(
      ...['import', '--input', 'elsewhere.jsonl', '--corpus', 'passages.jsonl', '--languages', 'ru,ar'],
      ...['--per-language', '2', '--output', 'imported.parquet'],
    )) as { read: number; imported: number; gaps: { missingQuestions: number } };
    assert.deepEqual([told.read, told.imported, told.gaps.missingQuestions], [31, 31, 1]);
    assert.deepEqual(
      await questions('imported.parquet'),
      (await questions('questions.parquet')).slice(0, -1),
    );
  });

  it('accumulate the sums of the questions by language', async () => {
    const told = await step(
      ...['accumulate', '--model', e5, '--questions', 'questions.parquet', '--prefixes', '1,2'],
      ...['--output', 'sums.arrow'],
    );
    assert.deepEqual(told, {
      passages: PASSAGES,
      columns: ['ar:1', 'ar:2', 'ru:1', 'ru:2'],
      output: 'sums.arrow',
    });
    const { columns } = await vectors('sums.arrow');
    const texts = (await questions('questions.parquet')).filter(
      ({ docId, lang }) => docId === 'xquad-1' && lang === 'ru',
    );
    const [first, second] = await Promise.all(texts.map(({ text }) => encoded(text, 'query')));
    const sum = first?.map((value, i) => value + (second?.[i] ?? NaN));
    const column = (name: string) => columns.find((other) => other.name === name)?.data.subarray(384, 768);
    assertClose(column('ru:1'), first, 1e-5);
    assertClose(column('ru:2'), sum, 1e-5);
  });

  it('augment passages with them', async () => {
    const told = await step(
      ...['augment', '--passages', 'p.arrow', '--sums', 'sums.arrow', '--alpha', '0.05', '--languages', 'ru'],
      ...['--output', 'augmented.arrow'],
    );
    assert.deepEqual(told, { passages: PASSAGES, columns: ['ru:2'], output: 'augmented.arrow' });
    const [plain, sums, augmented] = await Promise.all(
      ['p.arrow', 'sums.arrow', 'augmented.arrow'].map(vectors),
    );
    const sum = sums?.columns.find(({ name }) => name === 'ru:2')?.data;
    const expected = plain?.columns[0]?.data.map((value, i) => 0.95 * value + 0.05 * (sum?.[i] ?? NaN));
    assertClose(augmented?.columns[0]?.data, expected, 1e-6);
    assert.deepEqual(augmented?.ids, plain?.ids);
  });

  for (const passages of ['p.arrow', 'augmented.arrow']) {
    for (const similarity of ['dot', 'cosine'] as const) {
      it(`search ${passages} by ${similarity}, exactly`, async () => {
        const told = await step(
          ...['search', '--passages', passages, '--queries', 'q.arrow', '--depth', '5'],
          ...['--similarity', similarity, '--output', 'run.trec'],
        );
        assert.deepEqual(told, { queries: QUERIES, passages: PASSAGES, output: 'run.trec' });
        const rankings = await readTrecFile(path('run.trec'));
        const queries = await vectors('q.arrow');
        const batch = await vectors(passages);
        for (const [row, id] of queries.ids.entries()) {
          const query = queries.columns[0]?.data.subarray(row * 384, (row + 1) * 384) ?? new Float32Array();
          const expected = naiveRanking(batch, query, 5, similarity === 'cosine');
          const found = rankings.get(id) ?? [];
          assert.deepEqual(
            found.map(({ docId }) => docId),
            expected.map(({ docId }) => docId),
          );
          found.forEach(({ score }, i) => assert.ok(Math.abs(score - (expected[i]?.score ?? NaN)) < 1e-4));
        }
      });
    }
  }

  it('evaluate a run', async () => {
    const told = await step(
      ...['evaluate', '--run', 'run.trec', '--corpus', 'passages.jsonl', '--queries', 'queries.jsonl'],
      ...['--qrels', 'qrels.trec', '--metrics', 'recall@1,mrr@10,r@2kt', '--output', 'metrics.json'],
    );
    const written = JSON.parse(await readFile(path('metrics.json'), 'utf8')) as Metrics;
    assert.deepEqual(told, written);
    assert.deepEqual(Object.keys(written.metrics), ['recall@1', 'mrr@10', 'r@2kt']);
    assert.equal(written.queries.all, QUERIES);
    const rankings = await readTrecFile(path('run.trec'));
    const firsts = [...rankings.values()].filter(([best]) => best?.docId === 'xquad-0').length;
    const recall = written.metrics['recall@1'];
    assert.ok(Math.abs((recall?.all ?? NaN) - firsts / QUERIES) < 1e-9, JSON.stringify(written));
    assert.deepEqual(Object.keys(recall?.byLanguage ?? {}), ['en']);
  });

  it('leave nothing behind but their output', async () => {
    assert.deepEqual(
      (await names()).filter((name) => name.includes('.tmp') || name.includes('-tmp')),
      [],
    );
  });

  it('print what they did for people when asked for nothing else', async () => {
    const { stdout, stderr } = await xqgDone(
      [
        'encode',
        '--model',
        goldenModel.encoder,
        '--kind',
        'query',
        '--input',
        'queries.jsonl',
        '--output',
        'tiny.arrow',
      ],
      { cwd: path() },
    );
    assert.equal(stdout, '');
    assert.equal(stderr, '6 vectors of 24 dimensions written to tiny.arrow\n');
  });
});

interface Metrics {
  metrics: Record<string, { all: number; byLanguage: Record<string, number> }>;
  queries: { all: number };
}

function assertClose(
  found: Float32Array | undefined,
  expected: Float32Array | undefined,
  tolerance: number,
): void {
  assert.equal(found?.length, expected?.length);
  assert.ok(found !== undefined && found.length > 0);
  found.forEach((value, i) =>
    assert.ok(
      Math.abs(value - (expected?.[i] ?? NaN)) < tolerance,
      `${i}: ${value}, expected ${expected?.[i]}`,
    ),
  );
}
