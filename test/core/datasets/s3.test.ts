import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { readPassages } from '../../../core/datasets/passages.js';
import { readPawsx } from '../../../core/datasets/pawsx.js';
import { readQrels } from '../../../core/datasets/qrels.js';
import type { DatasetContext } from '../../../core/datasets/context.js';
import { passagesToParquet } from '../../../core/formats/passages.js';
import { openStore } from '../../../core/store/open-store.js';
import { setUpS3, type S3ForTests } from '../store/s3-setup.js';
import { collect, Folder, jsonl, refusalOf } from './support.js';

const passage = (docId: string) => ({ docId, title: '', text: `text of ${docId}` });

describe('input files on S3', function () {
  // The first start may build the server.
  this.timeout(600_000);

  let folder: Folder;
  let s3: S3ForTests & { stop(): Promise<void> };
  let context: DatasetContext;

  before(async () => {
    folder = await Folder.make();
    s3 = await setUpS3();
    context = { ...folder.context, openStore: (uri) => openStore(uri, { ...process.env, ...s3.env }) };
    const store = await context.openStore(`s3://${s3.bucket}/data`);
    await store.put('corpus/a.jsonl.gz', gzipSync(jsonl(passage('a'))));
    await store.put('corpus/b.parquet', await passagesToParquet([passage('b')]));
    await store.put('corpus/deep/c.tsv', Buffer.from('id\ttext\nc\ttext of c\n'));
    await store.put('pawsx/en.tsv.gz', gzipSync('one\ttwo\t1\n'));
    await store.put('pawsx/dev-de.tsv.gz', gzipSync('eins\tzwei\t1\n'));
    await store.put('qrels.trec', Buffer.from('q1 0 a 1\n'));
    await store.close();
  });
  after(async () => {
    await s3.stop();
    await folder.remove();
  });

  const ids = async (files: string) =>
    (await collect(readPassages({ files: `s3://${s3.bucket}/${files}` }, context))).map(({ docId }) => docId);

  it('are read one by one, in every format', async () => {
    assert.deepEqual(await ids('data/corpus/a.jsonl.gz'), ['a']);
    assert.deepEqual(await ids('data/corpus/b.parquet'), ['b']);
    assert.deepEqual(await ids('data/corpus/deep/c.tsv'), ['c']);
  });

  it('are found by globs, within a folder and across', async () => {
    assert.deepEqual(await ids('data/corpus/*'), ['a', 'b']);
    assert.deepEqual(await ids('data/**/*.tsv'), ['c']);
    assert.deepEqual(await ids('data/corpus/?.*.gz'), ['a']);
  });

  it('that are not there are named', async () => {
    const uri = `s3://${s3.bucket}/data/none.jsonl`;
    assert.equal(
      await refusalOf(collect(readPassages({ files: uri }, context))),
      `Reading the corpus: expected a file, found none at ${uri}`,
    );
  });

  it('can be a folder of PAWS-X', async () => {
    const folder = `s3://${s3.bucket}/data/pawsx`;
    const rows = await readPawsx(folder, ['en', 'de'], context);
    assert.deepEqual(
      [...rows].map(([language, [row]]) => [language, row?.sentence1]),
      [
        ['en', 'one'],
        ['de', 'eins'],
      ],
    );
    assert.match(
      await refusalOf(readPawsx(folder, ['ja'], context)),
      /expected ja\.tsv .* found dev-de\.tsv\.gz/,
    );
  });

  it('can be qrels', async () => {
    const qrels = await readQrels({ files: `s3://${s3.bucket}/data/qrels.trec` }, context);
    assert.deepEqual(qrels, new Map([['q1', new Map([['a', 1]])]]));
  });
});
