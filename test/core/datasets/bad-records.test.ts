import assert from 'node:assert/strict';
import { passagesToParquet } from '../../../core/formats/passages.js';
import { scanPassages } from '../../../core/datasets/passages.js';
import { scanQueries } from '../../../core/datasets/queries.js';
import { plainParquet } from '../formats/plain-parquet.js';
import { failing, Folder, jsonl, lenient, refusalOf } from './support.js';

const good = { docId: 'd1', title: '', text: 'A passage.' };
const advice = '\nCorrect it, or set `onBadRecord: quarantine` to set it aside.';

describe('bad records', () => {
  let folder: Folder;

  beforeEach(async () => void (folder = await Folder.make()));
  afterEach(() => folder.remove());

  async function refusal(name: string, content: string | Uint8Array): Promise<string> {
    await folder.write(name, content);
    return refusalOf(scanPassages({ files: name, ...failing }, folder.context));
  }

  /** The sentence about the one bad record of a file. */
  async function fault(name: string, content: string | Uint8Array): Promise<string> {
    const message = await refusal(name, content);
    const before = 'Reading the corpus: found 1 record that cannot be used:\n  ';
    assert.ok(message.startsWith(before) && message.endsWith(advice), message);
    return message.slice(before.length, -advice.length);
  }

  it('corpus of nothing but bad records', async () => {
    await folder.write('corpus.jsonl', jsonl({ docId: 'd1', text: '' }));
    assert.equal(
      await refusalOf(scanPassages({ files: 'corpus.jsonl', ...lenient }, folder.context)),
      'Reading the corpus: expected records in corpus.jsonl, found 1 of which none can be used: 1 bad',
    );
  });

  it('duplicate docId, over two files', async () => {
    await folder.write('a.jsonl', jsonl(good, { ...good, docId: 'd2' }));
    await folder.write('b.jsonl', '\n' + jsonl({ docId: 'd3', text: 'x' }, { docId: 'd2', text: 'x' }));
    assert.equal(
      await refusalOf(scanPassages({ files: '*.jsonl', ...failing }, folder.context)),
      'Reading the corpus: found 1 record that cannot be used:\n' +
        '  b.jsonl line 3: docId: expected a docId that occurs once, found "d2", which a.jsonl line 2 has too' +
        advice,
    );
  });

  it('invalid UTF-8', async () => {
    const bytes = Buffer.from(jsonl(good, { docId: 'd2', text: '\uFFFD caf~' }));
    bytes[bytes.indexOf('~')] = 0xe9;
    assert.equal(
      await fault('corpus.jsonl', bytes),
      'corpus.jsonl line 2: record: expected UTF-8, found the byte 0xe9 at position 30',
    );
  });

  it('invalid UTF-8 in a quoted TSV field of several lines', async () => {
    const bytes = Buffer.from('id\ttext\ttitle\n1\t"one\ntwo ~"\tT\n2\tgood\tT\n');
    bytes[bytes.indexOf('~')] = 0xff;
    await folder.write('corpus.tsv', bytes);
    const scan = await scanPassages({ files: 'corpus.tsv', ...lenient }, folder.context);
    assert.equal(scan.bad[0]?.found, 'the byte 0xff at position 5');
    assert.equal(scan.bad[0]?.position, 2);
  });

  it('invalid UTF-8 in Parquet', async () => {
    assert.equal(
      await fault('corpus.parquet', await invalidUtf8Parquet()),
      'corpus.parquet row 1: text: expected text, as text, contents or passage, found bytes that are not UTF-8',
    );
  });

  it('invalid JSON', async () => {
    assert.match(
      await fault('corpus.jsonl', jsonl(good) + '{"docId": "d2", "text": }\n'),
      /^corpus\.jsonl line 2: record: expected a JSON object on one line, found invalid JSON: Unexpected token /,
    );
  });

  it('JSON that is not an object', async () => {
    assert.equal(
      await fault('corpus.json', '["d1"]\n'),
      'corpus.json line 1: record: expected a JSON object on one line, found a list',
    );
  });

  it('half a surrogate pair, which would turn into U+FFFD', async () => {
    assert.equal(
      await fault('corpus.jsonl', '{"docId": "d1", "text": "a \\ud83d b"}\n'),
      'corpus.jsonl line 1: text: expected Unicode text, found half a surrogate pair, which no UTF-8 file can hold',
    );
  });

  for (const [what, docId, found] of [
    ['missing', undefined, 'nothing'],
    ['null', null, 'null'],
    ['empty', '', 'an empty string'],
    ['an object', { a: 1 }, 'an object'],
    ['beyond 2^53', 2 ** 53, 'the number 9007199254740992'],
    ['with white space', 'a b', '"a b"'],
  ] as const) {
    it(`docId ${what}`, async () => {
      assert.equal(
        await fault('corpus.jsonl', jsonl(good, { docId, text: 'x' })),
        'corpus.jsonl line 2: docId: expected text without white space or a whole number, as docId, docid, id, _id or pid, ' +
          `found ${found}`,
      );
    });
  }

  it('an empty passage', async () => {
    assert.equal(
      await fault('corpus.jsonl', jsonl(good, { docId: 'd2', title: 'T', text: '' })),
      'corpus.jsonl line 2: text: expected text, as text, contents or passage, found an empty string',
    );
  });

  it('a passage of white space', async () => {
    assert.equal(
      await fault('corpus.jsonl', jsonl(good, { docId: 'd2', text: ' \u00a0\n' })),
      'corpus.jsonl line 2: text: expected text, found only white space',
    );
  });

  it('a passage without text field', async () => {
    assert.equal(
      await fault('corpus.jsonl', jsonl({ docId: 'd1', body: 'x' })),
      'corpus.jsonl line 1: text: expected text, as text, contents or passage, found nothing',
    );
  });

  it('a title that is no text', async () => {
    assert.equal(
      await fault('corpus.jsonl', jsonl({ docId: 'd1', title: 7, text: 'x' })),
      'corpus.jsonl line 1: title: expected text or nothing, found the number 7',
    );
  });

  it('a 10 MB passage', async () => {
    assert.equal(
      await fault('corpus.jsonl', jsonl(good, { docId: 'd2', text: 'x'.repeat(10_000_000) })),
      'corpus.jsonl line 2: record: expected at most 8,388,608 bytes, found 10,000,024 bytes',
    );
  });

  it('a 2 MB passage', async () => {
    assert.equal(
      await fault('corpus.jsonl', jsonl(good, { docId: 'd2', text: 'é'.repeat(1_000_000) })),
      'corpus.jsonl line 2: text: expected at most 1,048,576 bytes of text, found 2,000,000 bytes',
    );
  });

  it('a 10 MB passage in TSV', async () => {
    assert.equal(
      await fault('corpus.tsv', `id\ttext\ttitle\n1\t"${'x'.repeat(10_000_000)}"\tT\n2\tb\tT\n`),
      'corpus.tsv line 2: record: expected at most 8,388,608 bytes, found 10,000,006 bytes',
    );
  });

  it('a 10 MB passage of many lines in TSV', async () => {
    await folder.write('corpus.tsv', `id\ttext\ttitle\n1\t"${('x'.repeat(999) + '\n').repeat(10_000)}"\tT\n`);
    assert.match(
      await refusalOf(scanPassages({ files: 'corpus.tsv', ...failing }, folder.context)),
      /corpus\.tsv line 2: record: expected a closing quote, found none in the next 8 MiB\n/,
    );
  });

  it('a 10 MB passage in Parquet', async () => {
    const rows = [good, { docId: 'd2', title: '', text: 'x'.repeat(10_000_000) }];
    assert.equal(
      await fault('corpus.parquet', await passagesToParquet(rows)),
      'corpus.parquet row 2: text: expected at most 1,048,576 bytes of text, found 10,000,000 bytes',
    );
  });

  it('a quote that is never closed costs only its line', async () => {
    await folder.write('corpus.tsv', 'id\ttext\ttitle\n1\t"open\tT\n2\tgood\tT\n3\t"a ""b"""\tT\n');
    const scan = await scanPassages({ files: 'corpus.tsv', ...lenient }, folder.context);
    assert.deepEqual(scan.bad, [
      {
        file: 'corpus.tsv',
        unit: 'line',
        position: 2,
        field: 'record',
        expected: 'a tab or the end of the line after a closing quote',
        found: '"a \\"\\"b\\"\\"\\"\\tT"',
        excerpt: '1\t"open\tT',
      },
    ]);
    assert.equal(scan.rows, 2);
  });

  it('a quote that is open at the end of the file', async () => {
    await folder.write('corpus.tsv', 'id\ttext\ttitle\n1\t"open\tT\n2\tgood\tT\n');
    const scan = await scanPassages({ files: 'corpus.tsv', ...lenient }, folder.context);
    assert.equal(scan.bad[0]?.found, 'the end of the file');
    assert.equal(scan.rows, 1);
  });

  it('a TSV row with a field too many', async () => {
    assert.equal(
      await fault('corpus.tsv', 'id\ttext\ttitle\n1\ta\tT\n2\ta\tb\tT\n'),
      'corpus.tsv line 3: record: expected 3 fields separated by tabs, found 4',
    );
  });

  it('many bad records: the first five are named, all are counted', async () => {
    await folder.write('a.jsonl', jsonl(good) + '{}\n'.repeat(7));
    const message = await refusalOf(scanPassages({ files: 'a.jsonl', ...failing }, folder.context));
    assert.match(
      message,
      /^Reading the corpus: found 7 records that cannot be used; the first 5:\n {2}a\.jsonl line 2: /,
    );
    assert.equal(message.split('\n').length, 7);
  });

  it('more bad records than quarantine takes', async () => {
    await folder.write('a.jsonl', jsonl(good) + '{}\n'.repeat(11));
    const message = await refusalOf(scanPassages({ files: 'a.jsonl', ...lenient }, folder.context));
    assert.match(
      message,
      /^Reading the corpus: found more than 10 records that cannot be used; the first 5:/,
    );
    assert.match(message, /\nCorrect them, or raise `maxBadRecords`\.$/);
  });

  it('a query without language', async () => {
    await folder.write('q.jsonl', jsonl({ id: 'q1', question: 'Who?' }));
    assert.match(
      await refusalOf(scanQueries({ files: 'q.jsonl', ...failing }, folder.context)),
      /\n {2}q\.jsonl line 1: lang: expected a language code such as ar or zh-Hant, as lang or language, found nothing\n/,
    );
  });

  it('an answer that would match everything', async () => {
    await folder.write('q.jsonl', jsonl({ id: 'q1', question: 'Who?', lang: 'ar', answers: ['x', ''] }));
    assert.match(
      await refusalOf(scanQueries({ files: 'q.jsonl', ...failing }, folder.context)),
      /\n {2}q\.jsonl line 1: answers: expected a list of texts, found one with an empty string in it\n/,
    );
  });

  it('no query in the languages asked for', async () => {
    await folder.write('q.jsonl', jsonl({ id: 'q1', question: 'Who?', lang: 'en' }));
    assert.equal(
      await refusalOf(scanQueries({ files: 'q.jsonl', languages: ['ar'], ...failing }, folder.context)),
      'Reading the queries: expected records in q.jsonl, found 1 of which none can be used: 0 bad, not asked for: 1 in en',
    );
  });
});

async function invalidUtf8Parquet(): Promise<Uint8Array> {
  const plain = { type: 'UTF8', statistics: false } as const;
  const bytes = await plainParquet({ docId: { ...plain }, text: { ...plain } }, [
    { docId: 'd1', text: 'caf~' },
  ]);
  bytes[bytes.indexOf('~')] = 0xe9;
  return bytes;
}
