import assert from 'node:assert/strict';
import type { CorpusShard, ImportConfig } from '../../../core/datasets/import-questions.js';
import { importQuestions } from '../../../core/datasets/import-questions.js';
import { questionsToParquet } from '../../../core/formats/questions.js';
import type { Question } from '../../../core/records.js';
import { failing, Folder, jsonl, lenient, refusalOf } from './support.js';

const languages = ['ru', 'ar'];

async function* corpus(): AsyncGenerator<CorpusShard> {
  yield { shard: 0, docIds: ['d0', 'd1', 'd2'] };
  yield { shard: 1, docIds: ['d3'] };
}

const question = (docId: string, lang: string, index: number): Question => {
  return { docId, lang, index, text: `${docId} ${lang} ${index}?`, end: 'eos' };
};

const complete = ['d0', 'd1', 'd2', 'd3'].flatMap((docId) =>
  languages.flatMap((lang) => [question(docId, lang, 0), question(docId, lang, 1)]),
);

const hash = (text: string) => [...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 9973, 7);

/** A fixed order unlike the corpus's. */
const mixed = [...complete].sort((a, b) => (hash(a.text) < hash(b.text) ? -1 : 1));

describe('importing questions', () => {
  let folder: Folder;

  beforeEach(async () => void (folder = await Folder.make()));
  afterEach(() => folder.remove());

  async function imported(config: Partial<ImportConfig> & { files: string | string[] }) {
    const all = { languages, perLanguage: 2, ...failing, ...config };
    const questions = await importQuestions(all, corpus(), folder.context);
    const shards: Question[][] = [];
    for await (const { shard, questions: found } of questions.shards()) shards[shard] = found;
    await questions.dispose();
    return { report: questions.report, shards };
  }

  it('brings them into the order of passage, language and index', async () => {
    await folder.write('a.parquet', await questionsToParquet(mixed.slice(0, 9)));
    await folder.write('b.jsonl.gz', jsonl(...mixed.slice(9)));
    const { report, shards } = await imported({ files: ['a.parquet', 'b.jsonl.gz'] });
    assert.deepEqual(shards, [complete.slice(0, 12), complete.slice(12)]);
    assert.equal(report.read, 16);
    assert.equal(report.imported, 16);
    assert.deepEqual(report.gaps, { pairs: 0, missingQuestions: 0, examples: [] });
    assert.deepEqual(
      report.files.map((file) => file.file),
      ['a.parquet', 'b.jsonl.gz'],
    );
  });

  it('takes the order of appearance where there is no index', async () => {
    const bare = complete.map(({ docId, lang, text }) => ({ docId, lang, question: text }));
    await folder.write('q.jsonl', jsonl(...bare.reverse()));
    const { shards } = await imported({ files: 'q.jsonl' });
    assert.deepEqual(
      shards[1]?.map(({ index, text }) => [index, text]),
      [
        [0, 'd3 ru 1?'],
        [1, 'd3 ru 0?'],
        [0, 'd3 ar 1?'],
        [1, 'd3 ar 0?'],
      ],
    );
  });

  it('leaves out and counts more questions than wanted', async () => {
    await folder.write('q.jsonl', jsonl(...complete));
    const { report, shards } = await imported({ files: 'q.jsonl', perLanguage: 1 });
    assert.equal(report.surplus, 8);
    assert.deepEqual(shards[1], [question('d3', 'ru', 0), question('d3', 'ar', 0)]);
  });

  it('counts gaps, with examples, and empty texts', async () => {
    await folder.write('q.jsonl', jsonl(...complete.slice(0, 13), { ...question('d3', 'ru', 1), text: '' }));
    const { report } = await imported({ files: 'q.jsonl' });
    assert.deepEqual(report.gaps, {
      pairs: 1,
      missingQuestions: 2,
      examples: [{ docId: 'd3', lang: 'ar', found: 0 }],
    });
    assert.deepEqual(report.byLanguage, { ru: { imported: 8, empty: 1 }, ar: { imported: 6, empty: 0 } });
  });

  const bad = [
    { docId: 'nowhere', lang: 'ru', index: 0, text: 'x' },
    { docId: 'd0', lang: 'fi', index: 0, text: 'x' },
    question('d1', 'ar', 1),
    { docId: 'd1', lang: 'ar', index: -1, text: 'x' },
    { docId: 'd1', lang: 'ar', index: 0, text: 7 },
  ];

  it('sets aside what it cannot place, saying why', async () => {
    await folder.write('q.jsonl', jsonl(...complete, ...bad));
    const { report, shards } = await imported({ files: 'q.jsonl', ...lenient });
    assert.deepEqual(shards.flat(), complete);
    assert.deepEqual(report.badByKind, { malformed: 2, unknownLanguage: 1, unknownDocId: 1, duplicate: 1 });
    const reasons = report.bad.map(
      (b) => `${b.file} ${b.position} ${b.field}: expected ${b.expected}, found ${b.found}`,
    );
    assert.deepEqual(reasons.sort(), [
      'q.jsonl 17 docId: expected a docId of the corpus, found "nowhere"',
      'q.jsonl 18 lang: expected one of ru, ar, found "fi"',
      'q.jsonl 19 index: expected each index once, found a second question 1 for d1 in ar',
      'q.jsonl 20 index: expected a whole number from 0, or nothing, found the number -1',
      'q.jsonl 21 text: expected text, as text, question or query, found the number 7',
    ]);
  });

  it('refuses them when asked to', async () => {
    await folder.write('q.jsonl', jsonl(...complete, ...bad));
    assert.match(
      await refusalOf(imported({ files: 'q.jsonl' })),
      /^Reading the questions: found 5 records that cannot be used:\n {2}q\.jsonl line 18: lang: expected one of ru, ar, found "fi"\n/,
    );
    assert.deepEqual(await folder.names(), ['q.jsonl']);
  });

  it('frees its temporary files', async () => {
    await folder.write('q.jsonl', jsonl(...complete));
    await imported({ files: 'q.jsonl' });
    assert.deepEqual(await folder.names(), ['q.jsonl']);
  });
});
