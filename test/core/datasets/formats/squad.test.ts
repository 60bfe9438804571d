import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { passageShards, readPassages, scanPassages } from '../../../../core/datasets/passages.js';
import { digestQrels, readQrels } from '../../../../core/datasets/qrels.js';
import { readQueries, scanQueries } from '../../../../core/datasets/queries.js';
import { collect, failing, Folder, refusalOf } from '../support.js';

const qa = (id: string, question: string, ...answers: string[]) => ({
  id,
  question,
  answers: answers.map((text) => ({ text, answer_start: 0 })),
});

/** Two articles; the second repeats a paragraph of its own, as TyDi QA does for each of its questions. */
const english = {
  version: '1.1',
  data: [
    {
      title: 'Super_Bowl',
      paragraphs: [
        { context: 'It was “played” in 2016.', qas: [qa('a', 'When?', '2016', '2016'), qa('b', 'What?')] },
        { context: 'The Broncos won.', qas: [qa('c', 'Who?', 'Broncos', 'The Broncos')] },
      ],
    },
    {
      paragraphs: [
        { context: 'Rome.', qas: [qa('d', 'Where?', '')] },
        { context: 'Rome.', qas: [qa('e', 'Which city?', 'Rome')] },
      ],
    },
  ],
};
const russian = {
  data: [
    {
      title: 'Super_Bowl',
      paragraphs: [
        { context: 'Он прошёл в 2016 году.', qas: [qa('a', 'Когда?', '2016')] },
        { context: 'Победили «Бронкос».', qas: [qa('c', 'Кто?', '«Бронкос»')] },
      ],
    },
  ],
};
const hashed = (text: string) => `p${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;

describe('SQuAD files', () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = await Folder.make();
    await folder.write('set.en.json', JSON.stringify(english));
    await folder.write('set.ru.json.gz', JSON.stringify(russian, undefined, 2));
  });
  afterEach(() => folder.remove());

  it('give their paragraphs as passages, repeated ones once', async () => {
    const config = { files: 'set.en.json', ...failing };
    const scan = await scanPassages(config, folder.context);
    assert.deepEqual([scan.rows, scan.repeated, scan.skipped, scan.bad.length], [3, 1, [3], 0]);
    const expected = [
      { docId: '0-0', title: 'Super Bowl', text: 'It was “played” in 2016.' },
      { docId: '0-1', title: 'Super Bowl', text: 'The Broncos won.' },
      { docId: '1-0', title: '', text: 'Rome.' },
    ];
    assert.deepEqual(await collect(readPassages(config, folder.context)), expected);
    for await (const { shard, passages } of passageShards(scan, config, folder.context, 2, 1)) {
      assert.deepEqual([shard, passages], [1, expected.slice(2)]);
    }
  });

  it('give their questions as queries in the language that their names tell', async () => {
    const queries = await collect(readQueries({ files: ['set.en.json', 'set.ru.json.gz'] }, folder.context));
    assert.deepEqual(queries.slice(0, 5), [
      { queryId: 'en-a', text: 'When?', lang: 'en', answers: ['2016'] },
      { queryId: 'en-b', text: 'What?', lang: 'en', answers: [] },
      { queryId: 'en-c', text: 'Who?', lang: 'en', answers: ['Broncos', 'The Broncos'] },
      { queryId: 'en-d', text: 'Where?', lang: 'en', answers: [] },
      { queryId: 'en-e', text: 'Which city?', lang: 'en', answers: ['Rome'] },
    ]);
    assert.deepEqual(
      queries.slice(5).map(({ queryId, lang }) => [queryId, lang]),
      [
        ['ru-a', 'ru'],
        ['ru-c', 'ru'],
      ],
    );
  });

  it('give qrels, those of a translation for the original paragraphs', async () => {
    const qrels = await readQrels({ files: ['set.en.json', 'set.ru.json.gz'] }, folder.context);
    assert.deepEqual(
      [...qrels].map(([queryId, judged]) => [queryId, ...judged.keys()]),
      [
        ['en-a', '0-0'],
        ['en-b', '0-0'],
        ['en-c', '0-1'],
        ['en-d', '1-0'],
        ['en-e', '1-0'],
        ['ru-a', '0-0'],
        ['ru-c', '0-1'],
      ],
    );
  });

  it('give the answers of other files for the same questions', async () => {
    const config = { files: 'set.ru.json.gz', answersFrom: 'set.en.json' };
    const queries = await collect(readQueries(config, folder.context));
    assert.deepEqual(
      queries.map(({ queryId, answers }) => [queryId, ...answers]),
      [
        ['ru-a', '2016'],
        ['ru-c', 'Broncos', 'The Broncos'],
      ],
    );
    const without = await scanQueries({ files: config.files, ...failing }, folder.context);
    assert.notEqual((await scanQueries({ ...config, ...failing }, folder.context)).digest, without.digest);
  });

  it('name the question for which no answers are given', async () => {
    const config = { files: 'set.en.json', answersFrom: 'set.ru.json.gz', ...failing };
    assert.match(
      await refusalOf(scanQueries(config, folder.context)),
      /set\.en\.json question 2: answers: expected a question with the id "b" in set\.ru\.json\.gz, found none/,
    );
  });

  it('name passages by content where several files may have them', async () => {
    await folder.write('more.en.json', JSON.stringify({ data: english.data.slice(0, 1) }));
    const config = { files: ['more.en.json', 'set.en.json'], docIds: 'content' as const, ...failing };
    const scan = await scanPassages(config, folder.context);
    assert.deepEqual([scan.rows, scan.repeated], [3, 3]);
    const ids = (await collect(readPassages(config, folder.context))).map(({ docId }) => docId);
    assert.deepEqual(ids, ['It was “played” in 2016.', 'The Broncos won.', 'Rome.'].map(hashed));
    const qrels = await readQrels({ files: 'set.en.json', docIds: 'content' }, folder.context);
    assert.deepEqual([...qrels.get('en-e')!.keys()], [hashed('Rome.')]);
  });

  it('refuse the same docId for different paragraphs of two files', async () => {
    const config = { files: ['set.en.json', 'set.ru.json.gz'], ...failing };
    assert.match(
      await refusalOf(scanPassages(config, folder.context)),
      /set\.ru\.json\.gz paragraph 1: docId: expected a docId that occurs once, found "0-0", which set\.en\.json paragraph 1 has too/,
    );
  });

  it('of the same bytes have another digest in another language or with other docIds', async () => {
    const digests = new Set<string>();
    for (const lang of ['ar', 'ru'])
      digests.add((await scanQueries({ files: 'set.en.json', lang, ...failing }, folder.context)).digest);
    for (const docIds of ['position', 'content'] as const) {
      digests.add((await scanPassages({ files: 'set.en.json', docIds, ...failing }, folder.context)).digest);
      const [qrels] = await digestQrels({ files: 'set.en.json', docIds }, folder.context);
      digests.add(`${qrels?.sha256} ${qrels?.variant}`);
    }
    assert.equal(digests.size, 6);
  });

  it('name the question that is wrong', async () => {
    const bad = {
      data: [{ paragraphs: [{ context: 'x', qas: [qa('a', 'One?'), { id: 'b', question: 3 }] }] }],
    };
    await folder.write('bad.fi.json', JSON.stringify(bad));
    assert.match(
      await refusalOf(scanQueries({ files: 'bad.fi.json', ...failing }, folder.context)),
      /bad\.fi\.json question 2: text: expected text, as text, question or query, found the number 3/,
    );
  });

  it('name the paragraph that is wrong', async () => {
    await folder.write(
      'bad.json',
      JSON.stringify({ data: [{ paragraphs: [{ context: 'x' }, { qas: [] }] }] }),
    );
    assert.match(
      await refusalOf(scanPassages({ files: 'bad.json', ...failing }, folder.context)),
      /bad\.json paragraph 2: text: expected text, as text, contents or passage, found nothing/,
    );
  });

  it('may begin with a byte order mark and end with white space', async () => {
    await folder.write('bom.en.json', `\uFEFF${JSON.stringify(english)}\r\n`);
    assert.equal((await scanPassages({ files: 'bom.en.json', ...failing }, folder.context)).rows, 3);
  });

  it('without a language in the name ask for it', async () => {
    await folder.write('dev-v1.1.json', JSON.stringify(english));
    const config = { files: 'dev-v1.1.json', ...failing };
    assert.match(
      await refusalOf(scanQueries(config, folder.context)),
      /^Reading dev-v1\.1\.json: expected a language in its name, as in xquad\.ar\.json, found none; give it/,
    );
    const files = { path: 'dev-v1.1.json', lang: 'en' };
    assert.equal((await scanQueries({ files, ...failing }, folder.context)).rows, 5);
  });

  const broken: [string, string | Buffer, RegExp][] = [
    ['cut short', JSON.stringify(english).slice(0, -20), /found: the end of the file within the document/],
    [
      'with a slip',
      JSON.stringify(english).replace('"data":', '"data"'),
      /expected one JSON document in SQuAD's form, found: /,
    ],
    ['with more behind it', JSON.stringify(english) + '\n{}', /found: /],
    [
      'not in UTF-8',
      Buffer.from(JSON.stringify(english).replace(/[“”]/g, 'é'), 'latin1'),
      /expected UTF-8, found other bytes in bytes 1 to /,
    ],
  ];
  for (const [what, content, message] of broken) {
    it(`${what} are refused`, async () => {
      await folder.write('x.en.json', content);
      const config = { files: 'x.en.json', format: 'squad' as const, ...failing };
      assert.match(await refusalOf(scanPassages(config, folder.context)), message);
    });
  }
});
