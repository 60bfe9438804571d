import assert from 'node:assert/strict';
import { readQrels } from '../../../core/datasets/qrels.js';
import { projectRoot } from '../../../core/project-root.js';
import { Folder, refusalOf } from './support.js';

describe('qrels', () => {
  let folder: Folder;

  beforeEach(async () => void (folder = await Folder.make()));
  afterEach(() => folder.remove());

  const expected = new Map([
    [
      'q1',
      new Map([
        ['d1', 1],
        ['d2', 0],
      ]),
    ],
    ['q2', new Map([['d1', -1]])],
  ]);

  it('of TREC, separated by spaces or tabs', async () => {
    await folder.write('qrels.txt', 'q1 0 d1 1\nq1\t0\td2\t0\r\n\nq2 Q0  d1 -1');
    assert.deepEqual(await readQrels({ files: 'qrels.txt' }, folder.context), expected);
  });

  it('of BEIR', async () => {
    await folder.write('test.tsv.gz', 'query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\nq2\td1\t-1.0\n');
    assert.deepEqual(await readQrels({ files: 'test.tsv.gz' }, folder.context), expected);
  });

  it('of the demo', async () => {
    const context = { ...folder.context, baseDir: projectRoot() };
    const qrels = await readQrels({ files: 'examples/data/qrels.trec.gz' }, context);
    assert.equal(qrels.size, 8330);
    assert.equal(qrels.get('en-56beb4343aeaaa14008c925b')?.get('xquad-0'), 1);
  });

  it('that are wrong name their lines', async () => {
    await folder.write('qrels.txt', 'q1 0 d1 1\nq1 0 d2\nq1 0 d3 high\nq1 0 d1 2\nq1 0 d1 1\n');
    assert.equal(
      await refusalOf(readQrels({ files: 'qrels.txt' }, folder.context)),
      'Reading the qrels: found 3 records that cannot be used:\n' +
        '  qrels.txt line 2: record: expected queryId 0 docId grade (or the header query-id, corpus-id, score of BEIR), found 3 fields\n' +
        '  qrels.txt line 3: grade: expected a whole number, found "high"\n' +
        '  qrels.txt line 4: grade: expected one grade for d1 and query q1, found 2 after 1 in an earlier line\n' +
        'Correct them.',
    );
  });

  it('without a judgement are refused', async () => {
    await folder.write('qrels.tsv', 'query-id\tcorpus-id\tscore\n');
    assert.equal(
      await refusalOf(readQrels({ files: 'qrels.tsv' }, folder.context)),
      'Reading the qrels: expected judgements in qrels.tsv, found none',
    );
  });

  it('that are not there are named', async () => {
    assert.equal(
      await refusalOf(readQrels({ files: 'missing.trec' }, folder.context)),
      `Reading the qrels: expected a file, found none at missing.trec (looked in ${folder.path})`,
    );
  });
});
