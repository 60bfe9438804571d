import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVectorFileWriter, readVectorFile, type VectorBatch } from '../../../core/formats/vectors.js';
import { augmentFiles } from '../../../core/retrieval/augment-files.js';
import { augmentBatch } from '../../../core/retrieval/augment.js';
import { cyclicPermutation } from '../../../core/retrieval/permutation.js';
import { collectRows } from '../../../core/retrieval/vector-steps.js';
import { docIds, passageBatch, randomVectors, slice, sumsBatch } from './search-fixtures.js';

const DIMENSIONS = 8;
const ids = docIds(5000);
const passages = passageBatch(ids, randomVectors(5000, DIMENSIONS, 1));
const sums = sumsBatch(ids, DIMENSIONS, ['ar:1', 'ar:3', 'ru:1', 'ru:3', 'te'], 50);

async function write(path: string, batches: VectorBatch[]): Promise<string> {
  const writer = openVectorFileWriter(path, 'float32');
  for (const batch of batches) await writer.write(batch);
  await writer.close();
  return path;
}

function assertClose(found: Float32Array, expected: (i: number) => number): void {
  found.forEach((value, i) => assert.ok(Math.abs(value - expected(i)) < 1e-5, `value ${i}`));
}

const column = (name: string) => sums.columns.find((c) => c.name === name)!.data;
const p = passages.columns[0]!.data;

describe('augmentFiles', () => {
  let folder: string;
  let files: { passages: string; sums: string; output: string };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-augment-'));
    files = {
      passages: await write(join(folder, 'p.arrow'), [slice(passages, 0, 1700), slice(passages, 1700, 5000)]),
      sums: await write(join(folder, 's.arrow'), [slice(sums, 0, 4200), slice(sums, 4200, 5000)]),
      output: join(folder, 'a.arrow'),
    };
  });
  after(() => rm(folder, { recursive: true }));

  it('adds up the largest n of every language, across record batches of any size', async () => {
    const done = await augmentFiles({ ...files, alpha: 0.02 });
    assert.deepEqual(done, { passages: 5000, columns: ['ar:3', 'ru:3', 'te'] });
    const written = await collectRows(readVectorFile(files.output));
    assert.deepEqual(written.ids, ids);
    assert.deepEqual(
      written.columns.map(({ name }) => name),
      ['embedding'],
    );
    const expected = (i: number) =>
      0.98 * p[i]! + 0.02 * (column('ar:3')[i]! + column('ru:3')[i]! + column('te')[i]!);
    assertClose(written.columns[0]!.data, expected);
  });

  it('takes the languages and the n that it is told', async () => {
    const done = await augmentFiles({ ...files, alpha: 0.5, languages: ['ru'], perLanguage: 1 });
    assert.deepEqual(done.columns, ['ru:1']);
    const written = await collectRows(readVectorFile(files.output));
    assertClose(written.columns[0]!.data, (i) => 0.5 * p[i]! + 0.5 * column('ru:1')[i]!);
  });

  it('normalises when told to', async () => {
    await augmentFiles({ ...files, alpha: 0.5, normalize: true });
    const { data } = (await collectRows(readVectorFile(files.output))).columns[0]!;
    const squared = data.subarray(0, DIMENSIONS).reduce((sum, x) => sum + x * x, 0);
    assert.ok(Math.abs(squared - 1) < 1e-6);
  });

  it('names the first row where the files differ, and leaves nothing behind', async () => {
    const other = { ...sums, ids: ids.map((id, i) => (i === 4500 ? 'other' : id)) };
    const output = join(folder, 'refused.arrow');
    const wrong = { ...files, sums: await write(join(folder, 'other.arrow'), [other]), output };
    await assert.rejects(
      augmentFiles({ ...wrong, alpha: 0.1 }),
      /row 4500 is docId d4500 in the one and docId other in the other/,
    );
    assert.ok(!(await readdir(folder)).some((name) => name.startsWith('refused')));
  });

  it('says when one file is shorter', async () => {
    const short = await write(join(folder, 'short.arrow'), [slice(sums, 0, 4999)]);
    await assert.rejects(
      augmentFiles({ ...files, sums: short, alpha: 0.1 }),
      /row 4999 is docId d4999 in the one and the end in the other/,
    );
    const shortPassages = await write(join(folder, 'short-p.arrow'), [slice(passages, 0, 1700)]);
    await assert.rejects(
      augmentFiles({ ...files, passages: shortPassages, alpha: 0.1 }),
      /row 1700 is the end in the one and docId d1700 in the other/,
    );
  });

  it('refuses vectors of different dimensions', async () => {
    const wide = sumsBatch(ids, DIMENSIONS + 1, ['ar:3'], 1);
    const wrong = { ...files, sums: await write(join(folder, 'wide.arrow'), [wide]) };
    await assert.rejects(augmentFiles({ ...wrong, alpha: 0.1 }), /different dimensions, 8 and 9/);
  });

  it('names a language that the sums do not have', async () => {
    await assert.rejects(
      augmentFiles({ ...files, alpha: 0.1, languages: ['ar', 'ko'] }),
      /there is no column for ko; the sums have ar:1, ar:3, ru:1, ru:3, te/,
    );
  });
});

describe('the shuffled control', () => {
  const augmentation = {
    questions: 'm',
    alpha: 0.5,
    perLanguage: 3,
    languages: ['ar'],
    control: 'shuffled' as const,
  };

  it('gives every passage the questions of another one of its shard', () => {
    const augmented = augmentBatch(passages, sums, augmentation, { shard: 2, seed: 1, normalize: false });
    const permutation = cyclicPermutation(5000, 'shuffled 1 2');
    assert.ok(permutation.every((source, i) => source !== i));
    const source = (i: number) => permutation[Math.floor(i / DIMENSIONS)]! * DIMENSIONS + (i % DIMENSIONS);
    assertClose(augmented.columns[0]!.data, (i) => 0.5 * p[i]! + 0.5 * column('ar:3')[source(i)]!);
  });

  it('uses each passage’s questions once, in one cycle', () => {
    const permutation = cyclicPermutation(1000, 'seed');
    let at = 0;
    let steps = 0;
    do {
      at = permutation[at]!;
      steps++;
    } while (at !== 0);
    assert.equal(steps, 1000);
  });

  it('follows from the seed', () => {
    assert.deepEqual(cyclicPermutation(50, 'a'), cyclicPermutation(50, 'a'));
    assert.notDeepEqual(cyclicPermutation(50, 'a'), cyclicPermutation(50, 'b'));
  });
});
