import assert from 'node:assert/strict';
import type { Arm, Augmentation } from '../../../core/retrieval/arms.js';
import { augmentBatch } from '../../../core/retrieval/augment.js';
import { meansOf, totalsOf } from '../../../core/retrieval/column-means.js';
import type { Hits } from '../../../core/retrieval/hits.js';
import { mergeHits } from '../../../core/retrieval/running-hits.js';
import { ScanKernel } from '../../../core/retrieval/scan-kernel.js';
import { ArmSearch } from '../../../core/retrieval/search.js';
import {
  arm,
  docIds,
  naiveRanking,
  passageBatch,
  randomVectors,
  ranking,
  slice,
  sumsBatch,
} from './search-fixtures.js';

const DIMENSIONS = 24;
const DEPTH = 20;
const SEED = 11;
const LANGUAGES = ['ar', 'ru', 'te'];
const COLUMNS = LANGUAGES.flatMap((language) => [`${language}:1`, `${language}:3`]);

const passages = passageBatch(docIds(5000), randomVectors(5000, DIMENSIONS, 1));
const sums = sumsBatch(passages.ids, DIMENSIONS, COLUMNS, 100);
const queries = {
  ids: Array.from({ length: 40 }, (_, i) => `q${i}`),
  data: randomVectors(40, DIMENSIONS, 7),
  dimensions: DIMENSIONS,
};
const SHARD_ROWS = 2600;
const shards = [0, 1].map((shard) => {
  const start = shard * SHARD_ROWS;
  const end = Math.min(passages.ids.length, start + SHARD_ROWS);
  return { shard, passages: slice(passages, start, end), sums: new Map([['mini', slice(sums, start, end)]]) };
});
const means = new Map([['mini', meansOf(shards.map((shard) => totalsOf(shard.sums.get('mini')!)))]]);
const options = { depth: DEPTH, seed: SEED, means, threads: 1 };

const with_ = (
  alpha: number,
  perLanguage: number,
  control?: Augmentation['control'],
  languages = LANGUAGES,
) => ({
  questions: 'mini',
  alpha,
  perLanguage,
  languages,
  ...(control && { control }),
});
const arms: Arm[] = [
  arm('alone', 'cosine'),
  arm('alone-dot', 'dot'),
  arm('a.1', 'cosine', with_(0.1, 3)),
  arm('a.3-dot', 'dot', with_(0.3, 3)),
  arm('n1', 'cosine', with_(0.3, 1)),
  arm('ru', 'cosine', with_(0.5, 3, undefined, ['ru'])),
  arm('shuffled', 'cosine', with_(0.3, 3, 'shuffled')),
  arm('mean', 'cosine', with_(0.3, 3, 'mean')),
  arm('mean-dot', 'dot', with_(0.3, 3, 'mean')),
];

async function searchAll(kernel = new ScanKernel()): Promise<ArmSearch> {
  const search = new ArmSearch(arms, queries, { ...options, kernel });
  for (const { shard, passages: vectors, sums: ofShard } of shards)
    await search.scan(shard, vectors, ofShard);
  return search;
}

describe('search of all arms in one pass', () => {
  let allHits: Hits;
  before(async () => {
    allHits = (await searchAll()).hits();
  });

  it('finds the same in the memory of a search before', async () => {
    const kernel = new ScanKernel();
    const fewer = { ...queries, ids: queries.ids.slice(0, 7), data: queries.data.slice(0, 7 * DIMENSIONS) };
    const before = new ArmSearch(arms.slice(0, 4), fewer, { ...options, kernel });
    for (const { shard, passages: vectors, sums: ofShard } of shards)
      await before.scan(shard, vectors, ofShard);
    kernel.clear();
    assert.deepEqual((await searchAll(kernel)).hits(), allHits);
  });

  for (const searched of arms) {
    it(`equals ranking the vectors of arm ${searched.id}`, () => {
      const augmented = shards.map(({ shard, passages: vectors, sums: ofShard }) =>
        searched.augmentation
          ? augmentBatch(vectors, ofShard.get('mini')!, searched.augmentation, {
              shard,
              seed: SEED,
              means: means.get('mini')!,
              normalize: false,
            })
          : vectors,
      );
      const vectors = passageBatch(
        passages.ids,
        Float32Array.from(augmented.flatMap(({ columns }) => Array.from(columns[0]!.data))),
      );
      for (let query = 0; query < queries.ids.length; query += 5) {
        const vector = queries.data.subarray(query * DIMENSIONS, (query + 1) * DIMENSIONS);
        const expected = naiveRanking(vectors, vector, DEPTH, searched.similarity === 'cosine');
        const found = ranking(allHits, searched.id, query);
        assert.deepEqual(
          found.map(({ docId }) => docId),
          expected.map(({ docId }) => docId),
        );
        found.forEach(({ score }, i) => assert.ok(Math.abs(score - expected[i]!.score) < 1e-4));
      }
    });
  }

  it('says where each passage stands', () => {
    allHits.docIds.forEach((docId, doc) => {
      assert.equal(docId, `d${allHits.shards[doc]! * SHARD_ROWS + allHits.rows[doc]!}`);
    });
  });

  it('ranks equal scores by docId, whichever shard or tile they are in', async () => {
    const vector = randomVectors(1, DIMENSIONS, 3);
    const same = (count: number, start: number) => {
      const ids = docIds(count, start).reverse();
      return passageBatch(
        ids,
        Float32Array.from({ length: count * DIMENSIONS }, (_, i) => vector[i % DIMENSIONS]!),
      );
    };
    const search = new ArmSearch([arm('alone', 'cosine')], queries, { ...options, depth: 600 });
    await search.scan(0, same(2500, 1000));
    await search.scan(1, same(700, 100));
    const expected = [...docIds(2500, 1000), ...docIds(700, 100)].sort().slice(0, 600);
    assert.deepEqual(
      ranking(search.hits(), 'alone', 5).map(({ docId }) => docId),
      expected,
    );
  });

  it('keeps all passages when there are fewer than the depth', async () => {
    const search = new ArmSearch([arm('alone', 'dot')], queries, options);
    await search.scan(0, slice(passages, 0, 7));
    assert.equal(ranking(search.hits(), 'alone', 0).length, 7);
  });

  it('goes on from restored parts as if it had never stopped', async () => {
    const [first, second] = shards as [(typeof shards)[number], (typeof shards)[number]];
    const through = new ArmSearch(arms, queries, options);
    await through.scan(first.shard, first.passages, first.sums);
    const firstPart = through.hitsOfLastScan();
    await through.scan(second.shard, second.passages, second.sums);
    const resumed = new ArmSearch(arms, queries, options);
    resumed.restore(firstPart);
    await resumed.scan(second.shard, second.passages, second.sums);
    assert.deepEqual(resumed.hitsOfLastScan(), through.hitsOfLastScan());
    assert.deepEqual(resumed.hits(), through.hits());
  });

  it('has parts that hold only what a shard adds, and merge to the result', async () => {
    const search = new ArmSearch(arms, queries, options);
    const parts = [];
    for (const { shard, passages: vectors, sums: ofShard } of shards) {
      await search.scan(shard, vectors, ofShard);
      parts.push(search.hitsOfLastScan());
    }
    assert.ok(parts[1]!.scores.length < arms.length * queries.ids.length * DEPTH);
    assert.ok(parts[1]!.shards.every((shard) => shard === 1));
    assert.deepEqual(mergeHits(parts, DEPTH), search.hits());
    assert.deepEqual(mergeHits([...parts].reverse(), DEPTH), search.hits());
  });

  it('gives the same bytes however the passages are split', async () => {
    const { passages: vectors } = shards[0]!;
    const whole = new ArmSearch([arms[0]!], queries, options);
    await whole.scan(0, vectors);
    const pieces = new ArmSearch([arms[0]!], queries, options);
    for (const [shard, start] of [1700, 0, 300].entries())
      await pieces.scan(shard, slice(vectors, start, start === 1700 ? SHARD_ROWS : start === 0 ? 300 : 1700));
    const ranked = (hits: Hits) => queries.ids.map((_, query) => ranking(hits, 'alone', query));
    assert.deepEqual(ranked(pieces.hits()), ranked(whole.hits()));
  });

  it('finds the best passages where those with high bounds are others', async () => {
    // A third of the passages has one value that 8 bits cut off, which makes their bounds high, not their scores.
    const data = slice(passages, 0, 2048).columns[0]!.data.slice();
    for (let row = 0; row < 2048; row += 3) data[row * DIMENSIONS + (row % DIMENSIONS)] = -40;
    const cut = passageBatch(docIds(2048), data);
    const search = new ArmSearch([arm('alone', 'dot')], queries, options);
    await search.scan(0, cut);
    for (let query = 0; query < queries.ids.length; query++) {
      const vector = queries.data.subarray(query * DIMENSIONS, (query + 1) * DIMENSIONS);
      assert.deepEqual(
        ranking(search.hits(), 'alone', query).map(({ docId }) => docId),
        naiveRanking(cut, vector, DEPTH, false).map(({ docId }) => docId),
      );
    }
  });

  it('gives a query of length 0 the score 0', async () => {
    const zero = { ids: ['q'], data: new Float32Array(DIMENSIONS), dimensions: DIMENSIONS };
    for (const similarity of ['dot', 'cosine'] as const) {
      const search = new ArmSearch([arm('alone', similarity)], zero, options);
      await search.scan(0, slice(passages, 0, 500));
      const expected = docIds(500).sort().slice(0, DEPTH);
      assert.deepEqual(
        ranking(search.hits(), 'alone', 0),
        expected.map((docId) => ({ docId, score: 0 })),
      );
    }
  });

  it('refuses sums of other passages, naming the first difference', async () => {
    const search = new ArmSearch(arms, queries, options);
    const others = new Map([['mini', sumsBatch(docIds(5000, 1), DIMENSIONS, COLUMNS, 5)]]);
    await assert.rejects(
      search.scan(0, passages, others),
      /row 0 is docId d0 in the one and docId d1 in the other/,
    );
  });

  it('refuses passages of other dimensions than the queries', async () => {
    const search = new ArmSearch(arms, queries, options);
    const wider = passageBatch(docIds(3), randomVectors(3, DIMENSIONS + 1, 1));
    await assert.rejects(search.scan(0, wider), /different dimensions, 25 of passages and 24 of queries/);
  });

  it('refuses a vector that is not finite, naming the passage', async () => {
    const search = new ArmSearch([arm('alone', 'dot')], queries, options);
    const data = randomVectors(3, DIMENSIONS, 1);
    data[DIMENSIONS] = NaN;
    await assert.rejects(search.scan(0, passageBatch(docIds(3), data)), /passage d1 is not finite/);
  });

  it('names the question set and language that an arm misses', async () => {
    const search = new ArmSearch([arm('x', 'dot', with_(0.1, 2))], queries, options);
    await assert.rejects(search.scan(0, passages), /the sums of question set mini are missing/);
    await assert.rejects(
      search.scan(0, passages, new Map([['mini', sums]])),
      /no column for ar, ru, te with n = 2; the sums have ar:1/,
    );
  });

  it('needs the means for a control arm "mean"', () => {
    assert.throws(
      () => new ArmSearch(arms, queries, { depth: 5, seed: 1 }),
      /the means of question set mini are missing/,
    );
  });
});
