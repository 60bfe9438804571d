import assert from 'node:assert/strict';
import { DuplicateFinder } from '../../../core/datasets/duplicate-finder.js';
import { bucketOf, Spill } from '../../../core/datasets/spill.js';
import { collect, Folder } from './support.js';

describe('spilling to disk', () => {
  let folder: Folder;

  beforeEach(async () => void (folder = await Folder.make()));
  afterEach(() => folder.remove());

  it('gives back each bucket in order, from disk and memory', async () => {
    const spill = new Spill<[number, string]>(3, folder.path, 100);
    const expected: [number, string][][] = [[], [], []];
    for (let i = 0; i < 100; i++) {
      const value: [number, string] = [i, `line\nbreak\u2028 ${i}`];
      spill.add(i % 3, value);
      expected[i % 3]?.push(value);
      if (i % 10 === 0) await spill.settle();
    }
    assert.equal((await folder.names()).length, 1);
    for (const bucket of [0, 1, 2]) assert.deepEqual(await collect(spill.read(bucket)), expected[bucket]);
    await spill.drop(1);
    assert.deepEqual(await collect(spill.read(1)), []);
    await spill.dispose();
    assert.deepEqual(await folder.names(), []);
  });

  it('stays in memory while that suffices', async () => {
    const spill = new Spill<number>(2, folder.path);
    spill.add(1, 7);
    await spill.settle();
    assert.deepEqual(await folder.names(), []);
    assert.deepEqual(await collect(spill.read(1)), [7]);
  });

  it('parts identifiers evenly', () => {
    const counts = new Array<number>(64).fill(0);
    for (let i = 0; i < 64_000; i++) counts[bucketOf(String(i), 64)]!++;
    assert.ok(Math.max(...counts) < 1500, `${Math.max(...counts)} in one bucket, 1,000 on average`);
  });

  it('finds every duplicate among many, with both places', async () => {
    const finder = new DuplicateFinder(folder.path, 10_000);
    for (let i = 0; i < 20_000; i++) {
      finder.add(`d${i % 19_990}`, { ordinal: i, file: i < 10_000 ? 0 : 1, position: i + 1 });
      if (i % 1000 === 0) await finder.settle();
    }
    const found = [];
    for await (const duplicate of finder.duplicates()) found.push(duplicate);
    found.sort((a, b) => a.second.ordinal - b.second.ordinal);
    assert.equal(found.length, 10);
    assert.deepEqual(found[3], {
      id: 'd3',
      first: { ordinal: 3, file: 0, position: 4 },
      second: { ordinal: 19_993, file: 1, position: 19_994 },
    });
    await finder.dispose();
    assert.deepEqual(await folder.names(), []);
  });
});
