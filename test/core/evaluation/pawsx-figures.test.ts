import assert from 'node:assert/strict';
import type { PawsxPair } from '../../../core/datasets/pawsx-corpus.js';
import { summarizeAdversarial } from '../../../core/evaluation/adversarial.js';
import { adversarialRows, comparePairs } from '../../../core/evaluation/pawsx-figures.js';
import type { VectorBatch } from '../../../core/formats/vectors.js';
import { randomStream } from '../../../core/random-stream.js';
import type { Arm, Augmentation } from '../../../core/retrieval/arms.js';
import type { ScoredShard } from '../../../core/retrieval/arm-scores.js';
import { augmentBatch } from '../../../core/retrieval/augment.js';
import { meansOf, totalsOf } from '../../../core/retrieval/column-means.js';

const DIMENSIONS = 12;
const PAIRS = 300;
const SEED = 5;
const random = randomStream(['pawsx figures']);
const vectors = (rows: number): Float32Array =>
  Float32Array.from({ length: rows * DIMENSIONS }, () => random() - 0.4);
const batch = (ids: string[], names: string[]): VectorBatch => ({
  ...{ idColumn: 'docId', ids, dimensions: DIMENSIONS },
  columns: names.map((name) => ({ name, data: vectors(ids.length) })),
});

const pairs = Array.from({ length: PAIRS }, (_, i): PawsxPair => {
  const label = i % 3 === 0 ? 1 : 0;
  const english = { docId1: `${i}-1`, docId2: `${i}-2` };
  return { pairId: String(i), lang: 'de', label: i % 50 === 0 ? 0 : label, englishLabel: label, ...english };
});
const docIds = pairs.flatMap(({ docId1, docId2 }) => [docId1!, docId2!]);
const shards = [docIds.slice(0, 250), docIds.slice(250)].map((ids): ScoredShard => {
  const sums = new Map([['mini', batch(ids, ['ar:2', 'ja:2'])]]);
  return { passages: batch(ids, ['embedding']), sums };
});
const sumsOf = (shard: ScoredShard): VectorBatch => shard.sums.get('mini')!;
const means = meansOf(shards.map((shard) => totalsOf(sumsOf(shard))));
const own = { pairs, data: vectors(2 * PAIRS), dimensions: DIMENSIONS };

const xqg: Augmentation = { questions: 'mini', alpha: 0.1, perLanguage: 2, languages: ['ar', 'ja'] };
const arm = (id: string, similarity: Arm['similarity'], augmentation?: Augmentation): Arm => ({
  ...{ id, label: id, encoder: 'e', similarity, ...(augmentation && { augmentation }) },
});
const arms = [
  arm('alone', 'cosine'),
  arm('alone-dot', 'dot'),
  arm('xqg', 'cosine', xqg),
  arm('one language', 'dot', { ...xqg, languages: ['ja'], alpha: 0.03 }),
  arm('shuffled', 'cosine', { ...xqg, control: 'shuffled' }),
  arm('mean', 'cosine', { ...xqg, control: 'mean' }),
];

/** Scores by writing out each arm's vectors and multiplying one by one. */
function bruteForce({ similarity, augmentation }: Arm): (pair: number, passage: number) => number {
  const rows = shards.flatMap((shard, number) => {
    const options = { shard: number, seed: SEED, means, normalize: false };
    const { columns } = augmentation
      ? augmentBatch(shard.passages, sumsOf(shard), augmentation, options)
      : shard.passages;
    return [...(columns[0]?.data ?? [])];
  });
  return (pair, passage) => {
    const query = own.data.subarray(2 * pair * DIMENSIONS, (2 * pair + 1) * DIMENSIONS);
    let [product, q, p] = [0, 0, 0];
    query.forEach((value, d) => {
      const other = rows[passage * DIMENSIONS + d]!;
      product += value * other;
      q += value ** 2;
      p += other ** 2;
    });
    return similarity === 'dot' ? product : product / Math.sqrt(q * p);
  };
}

describe('figures of PAWS-X', () => {
  it('are those of writing out the vectors of every arm', async () => {
    const rows = await adversarialRows(arms, own, shards, { seed: SEED, means: new Map([['mini', means]]) });
    assert.equal(rows.length, arms.length * PAIRS);
    for (const arm of arms) {
      const score = bruteForce(arm);
      const found = rows.filter((row) => row.arm === arm.id);
      let [wins, first, reciprocal, margin, adversarial] = [0, 0, 0, 0, 0];
      for (const [i, { englishLabel }] of pairs.entries()) {
        const all = docIds.map((_, passage) => score(i, passage));
        const [right, other] = [all[2 * i]!, all[2 * i + 1]!];
        const relevant = englishLabel === 1 ? [2 * i, 2 * i + 1] : [2 * i];
        const best = Math.max(...relevant.map((at) => all[at]!));
        const rank = 1 + all.filter((value, at) => value >= best && !relevant.includes(at)).length;
        assert.ok(
          Math.abs(found[i]!.trueScore - right) < 1e-5,
          `${arm.id}: ${found[i]!.trueScore}, not ${right}`,
        );
        assert.ok(Math.abs(found[i]!.otherScore - other) < 1e-5);
        assert.equal(found[i]!.rank, rank);
        if (englishLabel === 1) continue;
        adversarial++;
        if (other >= right) wins++;
        if (rank === 1) first++;
        reciprocal += 1 / rank;
        margin += right - other;
      }
      const figures = summarizeAdversarial(found);
      assert.equal(figures.winRate, wins / adversarial);
      assert.equal(figures.robustAccuracy, first / adversarial);
      assert.ok(Math.abs(figures.mrr! - reciprocal / adversarial) < 1e-9);
      assert.ok(Math.abs(figures.meanMargin! - margin / adversarial) < 1e-5);
    }
  });

  it('leave out pairs that English lacks', async () => {
    const missing = { ...pairs[1]!, pairId: 'x', englishLabel: null, docId1: null, docId2: null };
    const some = { ...own, pairs: [pairs[0]!, missing, ...pairs.slice(2)] };
    const rows = await adversarialRows(arms.slice(0, 1), some, shards, { seed: SEED });
    assert.equal(rows.length, PAIRS - 1);
    const { pairs: inLanguage, crossPairs } = comparePairs(some, own);
    assert.deepEqual([inLanguage.rows, crossPairs.rows], [PAIRS, PAIRS - 1]);
  });
});
