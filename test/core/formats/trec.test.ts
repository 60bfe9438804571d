import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTrecFile, trecLines, writeTrecFile } from '../../../core/formats/trec.js';

describe('TREC run files', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-trec-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function read(text: string) {
    const path = join(folder, 'in.trec');
    await writeFile(path, text);
    return readTrecFile(path);
  }

  it('have a line of six fields for each hit', () => {
    const hits = [
      { docId: 'b', score: 0.75 },
      { docId: 'a', score: -2 },
    ];
    assert.equal(trecLines('q1', hits, 'e5'), 'q1 Q0 b 1 0.75 e5\nq1 Q0 a 2 -2 e5\n');
  });

  it('keep the order of equal scores for readers that go by score', async () => {
    for (const score of [0.9, 0, -3, 1e-45]) {
      const hits = ['a', 'b', 'c'].map((docId) => ({ docId, score }));
      const rankings = await read(trecLines('q', hits, 'x'));
      const found = rankings.get('q')!;
      assert.deepEqual(
        found.map(({ docId }) => docId),
        ['a', 'b', 'c'],
        `score ${score}`,
      );
      assert.ok(found.every((hit) => Math.abs(hit.score - score) < 1e-6));
    }
  });

  it('come back as they were written', async () => {
    const path = join(folder, 'out.trec');
    const hits = Array.from({ length: 50 }, (_, i) => ({ docId: `d${i}`, score: Math.fround(1 / (i + 1)) }));
    await writeTrecFile(
      path,
      new Map([
        ['q1', hits],
        ['q2', hits.slice(0, 3)],
      ]),
    );
    assert.deepEqual(
      await readTrecFile(path),
      new Map([
        ['q1', hits],
        ['q2', hits.slice(0, 3)],
      ]),
    );
  });

  it('are read in the order of trec_eval: by score, then by docId backwards, whatever the rank', async () => {
    const rankings = await read(
      'q 0 a 1 0.5 x\nq 0 c 2 0.5 x\nq 0 b 3 0.7 x\nq\tQ0\td  4 0.50000000001 x\r\n',
    );
    assert.deepEqual(
      rankings.get('q')!.map(({ docId }) => docId),
      ['b', 'd', 'c', 'a'],
    );
  });

  it('refuse ids with white space, leaving no file', async () => {
    const path = join(folder, 'bad.trec');
    await assert.rejects(
      writeTrecFile(path, [['q 1', [{ docId: 'a', score: 1 }]]]),
      /"q 1" has white space in it/,
    );
    assert.ok(!(await readdir(folder)).some((name) => name.startsWith('bad')));
  });

  it('are refused by file and line when a field is missing, a score is no number, a passage occurs twice', async () => {
    await assert.rejects(
      read('q Q0 a 1 0.5 x\nq Q0 b 0.4 x\n'),
      /in\.trec, line 2: expected "queryId Q0 docId/,
    );
    await assert.rejects(read('q Q0 a 1 high x\n'), /line 1: expected a number as score, found "high"/);
    await assert.rejects(read('q Q0 a 1 2 x\nq Q0 a 2 1 x\n'), /line 2: passage a occurs twice for query q/);
    await assert.rejects(readTrecFile(join(folder, 'none.trec')), /Reading the run .*none\.trec: ENOENT/);
  });

  it('are written whole', async () => {
    const path = join(folder, 'many.trec');
    const hits = Array.from({ length: 1000 }, (_, i) => ({ docId: `document-${i}`, score: 1000 - i }));
    const queries = Array.from({ length: 60 }, (_, q) => [`q${q}`, hits] as const);
    await writeTrecFile(path, queries);
    assert.equal((await readFile(path, 'utf8')).split('\n').length, 60_001);
  });
});
