import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { rowsToParquet } from '../../../core/formats/parquet.js';
import { passagesToParquet } from '../../../core/formats/passages.js';
import { queriesToParquet } from '../../../core/formats/queries.js';
import { passageShards, readPassages, scanPassages } from '../../../core/datasets/passages.js';
import { queryShards, readQueries, scanQueries } from '../../../core/datasets/queries.js';
import { projectRoot } from '../../../core/project-root.js';
import type { Passage } from '../../../core/records.js';
import { collect, failing, Folder, jsonl, lenient, refusalOf } from './support.js';

const two: Passage[] = [
  { docId: '1', title: 'T', text: 'Line\u2028separator, Cafe\u0301, \uFEFF, tab\tand "quotes"\nand a line' },
  { docId: '2', title: '', text: '  kept as it is \r' },
];
const twoAsTsv =
  'id\ttext\ttitle\n1\t"Line\u2028separator, Cafe\u0301, \uFEFF, tab\tand ""quotes""\nand a line"\tT\n2\t"  kept as it is \r"\t\n';

describe('reading passages', () => {
  let folder: Folder;

  beforeEach(async () => void (folder = await Folder.make()));
  afterEach(() => folder.remove());

  const read = (files: string | string[]) => collect(readPassages({ files }, folder.context));

  for (const suffix of ['', '.gz']) {
    it(`JSONL${suffix}`, async () => {
      await folder.write(`p.jsonl${suffix}`, jsonl(...two));
      assert.deepEqual(await read(`p.jsonl${suffix}`), two);
    });

    it(`TSV${suffix} in the form of psgs_w100.tsv`, async () => {
      await folder.write(`p.tsv${suffix}`, twoAsTsv);
      assert.deepEqual(await read(`p.tsv${suffix}`), two);
    });

    it(`Parquet${suffix}`, async () => {
      await folder.write(`p.parquet${suffix}`, await passagesToParquet(two));
      assert.deepEqual(await read(`p.parquet${suffix}`), two);
      assert.deepEqual(await folder.names(), [`p.parquet${suffix}`]);
    });
  }

  it('gzip files of several members', async () => {
    const bytes = Buffer.concat(two.map((passage) => gzipSync(jsonl(passage))));
    await writeFile(`${folder.path}/p.jsonl.gz`, bytes);
    assert.deepEqual(await read('p.jsonl.gz'), two);
  });

  it('Windows line ends, a byte order mark, blank lines, no line end at the end', async () => {
    await folder.write('p.jsonl', '\uFEFF{"id":"1","text":"a"}\r\n\r\n{"id":"2","text":"b"}');
    await folder.write('p.tsv', '\uFEFFid\ttext\ttitle\r\n3\tc\tT\r\n\r\n4\t"d"\t"U"');
    assert.deepEqual(await read(['p.jsonl', 'p.tsv']), [
      { docId: '1', title: '', text: 'a' },
      { docId: '2', title: '', text: 'b' },
      { docId: '3', title: 'T', text: 'c' },
      { docId: '4', title: 'U', text: 'd' },
    ]);
  });

  it('field names of public data sets, numbers as docIds', async () => {
    const records = [
      { id: 1, contents: 'Pyserini' },
      { _id: 'b', title: null, text: 'BEIR', metadata: {} },
      { docid: 'c', title: 'C', text: 'MIRACL' },
      { pid: 0, passage: 'MS MARCO' },
    ];
    await folder.write('p.jsonl', jsonl(...records));
    assert.deepEqual(await read('p.jsonl'), [
      { docId: '1', title: '', text: 'Pyserini' },
      { docId: 'b', title: '', text: 'BEIR' },
      { docId: 'c', title: 'C', text: 'MIRACL' },
      { docId: '0', title: '', text: 'MS MARCO' },
    ]);
  });

  it('TSV without header, in the order id, text, title', async () => {
    await folder.write('p.tsv', '0\tFirst "of" two\n1\tSecond\n');
    assert.deepEqual(await read('p.tsv'), [
      { docId: '0', title: '', text: 'First "of" two' },
      { docId: '1', title: '', text: 'Second' },
    ]);
  });

  it('Parquet with other columns and 64-bit docIds', async () => {
    const rows = [{ extra: true, id: 2 ** 40, text: 'a' }];
    await folder.write(
      'p.parquet',
      await rowsToParquet({ extra: 'boolean', id: 'int64', text: 'string' }, rows),
    );
    assert.deepEqual(await read('p.parquet'), [{ docId: '1099511627776', title: '', text: 'a' }]);
  });

  it('several files and globs, in the order of the list and of names', async () => {
    for (const name of ['b', 'a', 'c']) await folder.write(`${name}.jsonl`, jsonl({ id: name, text: name }));
    await folder.write('z.jsonl.gz', jsonl({ id: 'z', text: 'z' }));
    const ids = async (files: string[]) => (await read(files)).map((passage) => passage.docId);
    assert.deepEqual(await ids(['z.jsonl.gz', '[ab].jsonl', `file://${folder.path}/c.jsonl`]), [
      'z',
      'a',
      'b',
      'c',
    ]);
  });

  it('the demo corpus', async () => {
    const passages = await collect(
      readPassages(
        { files: 'examples/data/passages.jsonl.gz' },
        { ...folder.context, baseDir: projectRoot() },
      ),
    );
    assert.equal(passages.length, 500);
    assert.equal(passages[0]?.docId, 'xquad-0');
  });
});

describe('scanning and sharding', () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = await Folder.make();
    const line = (i: number) =>
      i % 4 === 1 ? '{"docId":' : JSON.stringify({ docId: `d${i}`, text: `text ${i}` });
    const file = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => line(from + i) + '\n').join('');
    await folder.write('a.jsonl', file(0, 10));
    await folder.write('b.jsonl.gz', file(10, 17));
    await folder.write('c.tsv', 'id\ttext\n' + 'd17\ttext 17\nd0\tagain\nd18\ttext 18\n');
    const rows = [19, 20, 21].map((i) => ({ docId: `d${i}`, title: '', text: `text ${i}` }));
    await folder.write('d.parquet', await passagesToParquet(rows));
  });
  afterEach(() => folder.remove());

  const config = { files: ['a.jsonl', 'b.jsonl.gz', 'c.tsv', 'd.parquet'], ...lenient };
  const wanted = Array.from({ length: 22 }, (_, i) => `d${i}`).filter((_, i) => i >= 17 || i % 4 !== 1);

  async function shardsFrom(from: number): Promise<[number, string[]][]> {
    const scan = await scanPassages(config, folder.context);
    const shards: [number, string[]][] = [];
    for await (const { shard, passages } of passageShards(scan, config, folder.context, 4, from)) {
      shards.push([shard, passages.map((passage) => passage.docId)]);
    }
    return shards;
  }

  it('counts, hashes and names what it set aside', async () => {
    const scan = await scanPassages(config, folder.context);
    assert.equal(scan.rows, wanted.length);
    assert.deepEqual(scan.skipped, [1, 5, 9, 13, 18]);
    assert.deepEqual(
      scan.bad.map((bad) => `${bad.file} ${bad.unit} ${bad.position} ${bad.field}`),
      [
        'a.jsonl line 2 record',
        'a.jsonl line 6 record',
        'a.jsonl line 10 record',
        'b.jsonl.gz line 4 record',
        'c.tsv line 3 docId',
      ],
    );
    assert.deepEqual(
      scan.files.map((file) => file.records),
      [10, 7, 3, 3],
    );
    for (const { file, bytes, sha256 } of scan.files) {
      const content = await readFile(`${folder.path}/${file}`);
      assert.equal(bytes, content.length);
      assert.equal(sha256, createHash('sha256').update(content).digest('hex'));
    }
  });

  it('reports its progress up to the last byte', async () => {
    let last;
    await scanPassages(config, folder.context, { onProgress: (progress) => (last = { ...progress }) });
    const total = (await scanPassages(config, folder.context)).files.reduce(
      (sum, file) => sum + file.bytes,
      0,
    );
    assert.deepEqual(last, { bytes: total, totalBytes: total, records: 23 });
  });

  it('cuts shards of a fixed number of passages across files', async () => {
    const expected = [0, 1, 2, 3, 4].map((shard) => [shard, wanted.slice(shard * 4, shard * 4 + 4)]);
    assert.deepEqual(await shardsFrom(0), expected);
  });

  it('starts at any shard', async () => {
    const all = await shardsFrom(0);
    for (let from = 1; from <= all.length; from++) assert.deepEqual(await shardsFrom(from), all.slice(from));
  });

  it('has a digest of the content, not of names', async () => {
    const before = await scanPassages(config, folder.context);
    await rename(`${folder.path}/a.jsonl`, `${folder.path}/renamed.jsonl`);
    const files = ['renamed.jsonl', ...config.files.slice(1)];
    const after = await scanPassages({ ...config, files }, folder.context);
    assert.equal(after.digest, before.digest);
    await folder.write('renamed.jsonl', jsonl({ docId: 'other', text: 'x' }));
    assert.notEqual((await scanPassages({ ...config, files }, folder.context)).digest, before.digest);
  });

  it('notices a file that changed in between, size and all', async () => {
    const scan = await scanPassages(config, folder.context);
    const again = () => collect(rowsOf(passageShards(scan, config, folder.context, 4)));
    const content = await readFile(`${folder.path}/a.jsonl`, 'utf8');
    await folder.write('a.jsonl', content.replace('text 2', 'text X'));
    assert.match(
      await refusalOf(again()),
      /^Reading the corpus again: a\.jsonl has changed since it was scanned: expected sha256 /,
    );
    await folder.write('a.jsonl', content + '\n');
    assert.match(await refusalOf(again()), /expected 247 bytes, found 248; start a new run$/);
  });
});

describe('reading queries', () => {
  let folder: Folder;

  beforeEach(async () => void (folder = await Folder.make()));
  afterEach(() => folder.remove());

  const read = (config: { files: string; languages?: string[]; lang?: string }) =>
    collect(readQueries(config, folder.context));

  it('XOR-TyDi, answers as a list or a text', async () => {
    await folder.write(
      'q.jsonl',
      jsonl(
        { id: 1, question: 'Кто?', lang: 'ru', answers: ['a', 'b'] },
        { qid: 'q2', query: 'Who?', language: 'en', answer: '308' },
      ),
    );
    assert.deepEqual(await read({ files: 'q.jsonl' }), [
      { queryId: '1', text: 'Кто?', lang: 'ru', answers: ['a', 'b'] },
      { queryId: 'q2', text: 'Who?', lang: 'en', answers: ['308'] },
    ]);
  });

  it('TSV, answers as a JSON list, a language for all', async () => {
    await folder.write('q.tsv', 'query_id\tquery\tanswers\nq1\tWho?\t"[""a"", ""b""]"\nq2\tWhat?\t\n');
    assert.deepEqual(await read({ files: 'q.tsv', lang: 'en' }), [
      { queryId: 'q1', text: 'Who?', lang: 'en', answers: ['a', 'b'] },
      { queryId: 'q2', text: 'What?', lang: 'en', answers: [] },
    ]);
  });

  it('Parquet as we write it', async () => {
    const queries = [{ queryId: 'q1', text: 'Who?', lang: 'zh-Hant', answers: ['a', 'b'] }];
    await folder.write('q.parquet', await queriesToParquet(queries));
    assert.deepEqual(await read({ files: 'q.parquet' }), queries);
  });

  it('the demo queries, some languages only, counting the others', async () => {
    const config = { files: 'examples/data/queries.jsonl.gz', languages: ['ru', 'ar'], ...failing };
    const context = { ...folder.context, baseDir: projectRoot() };
    const scan = await scanQueries(config, context);
    assert.equal(scan.rows, 2380);
    assert.deepEqual(scan.unwanted, { en: 1190, de: 1190, es: 1190, hi: 1190, th: 1190 });
    const all = await collect(readQueries(config, context));
    const shards: number[] = [];
    for await (const { shard, queries } of queryShards(scan, config, context, 1000, 1)) {
      assert.deepEqual(queries, all.slice(shard * 1000, shard * 1000 + 1000));
      shards.push(shard);
    }
    assert.deepEqual(shards, [1, 2]);
  });
});

async function* rowsOf(shards: AsyncIterable<{ passages: Passage[] }>) {
  for await (const { passages } of shards) yield passages;
}
