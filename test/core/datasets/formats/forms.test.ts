import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { languageInName } from '../../../../core/datasets/formats/language-in-name.js';
import { CORPUS_FORMATS, type InputFormat } from '../../../../core/datasets/formats/names.js';
import { scanPassages } from '../../../../core/datasets/passages.js';
import { scanQueries } from '../../../../core/datasets/queries.js';
import { failing, Folder, jsonl, refusalOf } from '../support.js';

const SQUAD = '{\n  "data": [\n    {"paragraphs": [{"context": "x", "qas": []}]}\n  ]\n}';

/** A file of each form, what it is called, and the formats that read it as a corpus. */
const FORMS: { content: string | Buffer; called: string; readAs: InputFormat[] }[] = [
  { content: SQUAD, called: 'a SQuAD file', readAs: ['squad'] },
  { content: JSON.stringify(JSON.parse(SQUAD)), called: 'a SQuAD file', readAs: ['squad'] },
  { content: jsonl({ _id: '1', text: 'x' }), called: 'a BEIR file', readAs: ['beir', 'jsonl'] },
  {
    content: jsonl({ docid: '1', title: '', text: 'x' }),
    called: 'a MIRACL corpus',
    readAs: ['miracl', 'mrtydi', 'jsonl'],
  },
  { content: jsonl({ id: '1', contents: 'x' }), called: 'a Mr. TyDi corpus', readAs: ['mrtydi', 'jsonl'] },
  { content: jsonl({ docId: '1', text: 'x' }), called: 'JSON lines with other fields', readAs: ['jsonl'] },
  { content: 'id\ttext\ttitle\n1\tx\tT\n', called: 'DPR passages', readAs: ['dpr', 'tsv'] },
  { content: 'q1 0 d1 1\n', called: 'TREC qrels', readAs: [] },
  { content: 'query-id\tcorpus-id\tscore\nq1\td1\t1\n', called: 'BEIR qrels', readAs: [] },
  { content: gzipSync('x'), called: 'gzip, without .gz', readAs: [] },
];

describe('the form of a file', () => {
  let folder: Folder;

  beforeEach(async () => void (folder = await Folder.make()));
  afterEach(() => folder.remove());

  for (const { content, called, readAs } of FORMS) {
    it(`that is ${called} is told, and refused as any other`, async () => {
      await folder.write('file', content);
      for (const format of CORPUS_FORMATS) {
        if (format === 'parquet') continue;
        const scan = scanPassages({ files: 'file', format, ...failing }, folder.context);
        if (readAs.includes(format)) {
          assert.equal((await scan).rows, 1, format);
          continue;
        }
        const message = await refusalOf(scan);
        assert.ok(message.startsWith(`Reading file as ${format}: expected `), message);
        assert.ok(message.includes(`found what looks like ${called}`), message);
        const [best] = readAs;
        assert.ok(message.includes(best ? `set \`format: ${best}\`` : 'give another file'), message);
      }
    });
  }

  it('of a .json file is told by its content', async () => {
    await folder.write('a.json', SQUAD);
    await folder.write('b.json', jsonl({ docId: '1', text: 'x' }));
    const ids = async (files: string) => (await scanPassages({ files, ...failing }, folder.context)).rows;
    assert.deepEqual([await ids('a.json'), await ids('b.json')], [1, 1]);
  });

  it('of questions without answers is not that of XOR-Retrieve', async () => {
    await folder.write('q.jsonl', jsonl({ _id: '1', text: 'x' }));
    const config = { files: 'q.jsonl', format: 'xor-retrieve' as const, ...failing };
    assert.equal(
      await refusalOf(scanQueries(config, folder.context)),
      'Reading q.jsonl as xor-retrieve: expected JSON lines with `id`, `question`, `lang` and `answers`, ' +
        'found what looks like a BEIR file (JSON lines with `_id` and `text`); set `format: beir`, or give another file',
    );
  });

  it('does not hide which line is wrong', async () => {
    await folder.write('c.jsonl', '{"_id": "1"\n{"_id": "2", "text": "x"}\n');
    assert.match(
      await refusalOf(scanPassages({ files: 'c.jsonl', format: 'beir', ...failing }, folder.context)),
      /c\.jsonl line 1: record: expected a JSON object on one line/,
    );
  });

  const names: [string, string | undefined][] = [
    ['xquad.ar.json', 'ar'],
    ['https://host/path.fi/test-context-en-question-de.json?x=ko', 'de'],
    ['s3://bucket/tydiqa.goldp.te.dev.json.gz', 'te'],
    ['topics.miracl-v1.0-ja-dev.tsv', 'ja'],
    ['topic.dev.tsv', undefined],
    ['dev-v1.1.json', undefined],
  ];
  for (const [name, language] of names) {
    it(`${name} is ${language ?? 'of no language'}`, () => assert.equal(languageInName(name), language));
  }
});
