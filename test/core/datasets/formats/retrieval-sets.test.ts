import assert from 'node:assert/strict';
import type { FileEntry } from '../../../../core/datasets/context.js';
import type { InputFormat } from '../../../../core/datasets/formats/names.js';
import { readPassages, scanPassages } from '../../../../core/datasets/passages.js';
import { readQrels } from '../../../../core/datasets/qrels.js';
import { readQueries, scanQueries } from '../../../../core/datasets/queries.js';
import { collect, failing, Folder, jsonl, refusalOf } from '../support.js';

describe('the files of retrieval data sets', () => {
  let folder: Folder;

  beforeEach(async () => void (folder = await Folder.make()));
  afterEach(() => folder.remove());

  const passages = (files: string | FileEntry[], format?: InputFormat) =>
    collect(readPassages({ files, format }, folder.context));
  const queries = (files: string | FileEntry, format?: InputFormat, lang?: string) =>
    collect(readQueries({ files, format, lang }, folder.context));

  it('XOR-Retrieve: questions with English answers', async () => {
    const question = { id: '-27', question: 'কত?', answers: ['2006'], lang: 'bn', split: 'train' };
    await folder.write('xor.jsonl', jsonl(question));
    assert.deepEqual(await queries('xor.jsonl', 'xor-retrieve'), [
      { queryId: '-27', text: 'কত?', lang: 'bn', answers: ['2006'] },
    ]);
  });

  it('BEIR: corpus, queries and qrels', async () => {
    await folder.write(
      'corpus.jsonl.gz',
      jsonl({ _id: 'd1', title: 'T', text: 'x', metadata: { url: 'u' } }),
    );
    await folder.write('queries.jsonl', jsonl({ _id: 'q1', text: 'Who?', metadata: {} }));
    await folder.write('test.tsv', 'query-id\tcorpus-id\tscore\nq1\td1\t2\n');
    assert.deepEqual(await passages('corpus.jsonl.gz', 'beir'), [{ docId: 'd1', title: 'T', text: 'x' }]);
    assert.deepEqual(await queries('queries.jsonl', 'beir', 'en'), [
      { queryId: 'q1', text: 'Who?', lang: 'en', answers: [] },
    ]);
    assert.deepEqual(
      await readQrels({ files: 'test.tsv' }, folder.context),
      new Map([['q1', new Map([['d1', 2]])]]),
    );
  });

  it('MIRACL: corpus, topics whose quotes are kept and whose language the name tells, qrels', async () => {
    await folder.write('docs-0.jsonl.gz', jsonl({ docid: '7#0', title: 'T', text: 'x' }));
    await folder.write('topics.miracl-v1.0-sw-dev.tsv', '3#0\t"Nani" alikuwa wa kwanza?\n4#0\tWapi?\r\n');
    await folder.write('qrels.miracl-v1.0-sw-dev.tsv', '3#0\tQ0\t7#0\t1\n');
    assert.deepEqual(await passages('docs-*.jsonl.gz', 'miracl'), [{ docId: '7#0', title: 'T', text: 'x' }]);
    assert.deepEqual(await queries('topics.miracl-v1.0-sw-dev.tsv', 'miracl'), [
      { queryId: '3#0', text: '"Nani" alikuwa wa kwanza?', lang: 'sw', answers: [] },
      { queryId: '4#0', text: 'Wapi?', lang: 'sw', answers: [] },
    ]);
    assert.deepEqual(
      await readQrels({ files: 'qrels.miracl-v1.0-sw-dev.tsv' }, folder.context),
      new Map([['3#0', new Map([['7#0', 1]])]]),
    );
  });

  it('Mr. TyDi: a title in the first line of contents, topics in a given language', async () => {
    await folder.write(
      'docs.jsonl',
      jsonl(
        { id: '1#0', contents: 'Title\n\nText\nof two lines' },
        { id: '1#1', contents: 'No title' },
        { docid: '1#2', title: 'T', text: 'x' },
      ),
    );
    await folder.write('topic.dev.tsv', '0\tWho?\n');
    assert.deepEqual(await passages('docs.jsonl', 'mrtydi'), [
      { docId: '1#0', title: 'Title', text: 'Text\nof two lines' },
      { docId: '1#1', title: '', text: 'No title' },
      { docId: '1#2', title: 'T', text: 'x' },
    ]);
    assert.deepEqual(await queries({ path: 'topic.dev.tsv', lang: 'fi' }, 'mrtydi'), [
      { queryId: '0', text: 'Who?', lang: 'fi', answers: [] },
    ]);
  });

  it('a topic without a tab is named', async () => {
    await folder.write('topics.ar.tsv', '0\tWho?\n1 What?\n');
    assert.match(
      await refusalOf(scanQueries({ files: 'topics.ar.tsv', format: 'miracl', ...failing }, folder.context)),
      /topics\.ar\.tsv line 2: record: expected an id, a tab and a query, found no tab/,
    );
  });

  it('DPR: psgs_w100.tsv', async () => {
    await folder.write('psgs_w100.tsv', 'id\ttext\ttitle\n1\t"Aaron ""the"" first"\tAaron\n');
    assert.deepEqual(await passages('psgs_w100.tsv', 'dpr'), [
      { docId: '1', title: 'Aaron', text: 'Aaron "the" first' },
    ]);
  });

  it('can be read together, each in its own form', async () => {
    await folder.write('a.jsonl', jsonl({ _id: 'd1', title: '', text: 'x' }));
    await folder.write('b.tsv', 'id\ttext\ttitle\n1\ty\tT\n');
    const files: FileEntry[] = [
      { path: 'a.jsonl', format: 'beir' },
      { path: 'b.tsv', format: 'dpr' },
    ];
    assert.deepEqual(
      (await passages(files)).map(({ docId }) => docId),
      ['d1', '1'],
    );
  });

  it('a language given for a file is that of the queries that name none', async () => {
    await folder.write('q.jsonl', jsonl({ id: 1, text: 'a' }, { id: 2, text: 'b', language: 'fi' }));
    await folder.write('q.tsv', 'id\ttext\n3\tc\n');
    const langs = async (path: string) => (await queries({ path, lang: 'te' })).map(({ lang }) => lang);
    assert.deepEqual([await langs('q.jsonl'), await langs('q.tsv')], [['te', 'fi'], ['te']]);
  });

  it('a checksum is compared, of local files too', async () => {
    const path = 'p.jsonl';
    await folder.write(path, jsonl({ id: 1, text: 'a' }));
    const sha256 = '0'.repeat(64);
    assert.match(
      await refusalOf(scanPassages({ files: { path, sha256 }, ...failing }, folder.context)),
      /^Reading p\.jsonl: expected sha256 0{64}, found [0-9a-f]{64}; get the file again, or correct its `sha256`$/,
    );
  });
});
