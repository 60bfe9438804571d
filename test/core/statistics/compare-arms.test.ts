import assert from 'node:assert/strict';
import type { QueryMetrics } from '../../../core/evaluation/evaluate.js';
import { compareArms } from '../../../core/statistics/compare-arms.js';
import { golden } from './golden.js';

/** Rows of one arm: languages → values by query; null does not count. */
function rowsOf(values: Record<string, readonly (number | null)[]>): QueryMetrics[] {
  return Object.entries(values).flatMap(([lang, ofLanguage]) =>
    ofLanguage.map((value, i) => ({ arm: 'a', queryId: `${lang}-${i}`, lang, values: { 'mrr@10': value } })),
  );
}

const graded = golden.cases.find(({ name }) => name === 'three hundred graded')!;
const OPTIONS = { metric: 'mrr@10', seed: 3 };

describe('compareArms', () => {
  it('agrees with scipy on one language: figures, interval, tests', () => {
    const { all, byLanguage, leftOut } = compareArms(rowsOf({ ar: graded.a }), rowsOf({ ar: graded.b }), {
      ...OPTIONS,
      resamples: 50_000,
    });
    assert.deepEqual(all, byLanguage['ar']);
    assert.ok(Math.abs(all.first! - all.second! - all.estimate!) < 1e-12);
    const [low, high] = graded.bootstrap;
    const width = high - low;
    assert.ok(Math.abs(all.interval!.low - low) < 0.02 * width, `${all.interval!.low} against ${low}`);
    assert.ok(Math.abs(all.interval!.high - high) < 0.02 * width, `${all.interval!.high} against ${high}`);
    const [t] = all.tests;
    assert.ok(t?.outcome === 'tested' && Math.abs(t.p - graded.p) < 1e-6);
    assert.deepEqual([all.pairs, leftOut], [300, 0]);
  });

  it('averages over languages, not over queries', () => {
    const { all } = compareArms(
      rowsOf({ ar: [1, 1, 1, 1, 1, 1, 0, 0], ru: [0, 1] }),
      rowsOf({ ar: [0, 0, 0, 0, 0, 0, 0, 0], ru: [1, 1] }),
      OPTIONS,
    );
    assert.ok(Math.abs(all.estimate! - (6 / 8 - 1 / 2) / 2) < 1e-12);
    assert.deepEqual([all.pairs, all.ties], [10, 3]);
  });

  it('pairs only queries that count under both arms, and says how many it left out', () => {
    const { byLanguage, leftOut } = compareArms(
      rowsOf({ ar: [1, null, 1, 0, 1, 1, 1, 0], ja: [1] }),
      rowsOf({ ar: [0, 1, 1, null, 0, 0, 1] }),
      OPTIONS,
    );
    assert.deepEqual([byLanguage['ar']!.pairs, leftOut], [5, 4]);
    assert.deepEqual(Object.keys(byLanguage), ['ar']);
  });

  it('does not depend on the order of rows', () => {
    const rows = rowsOf({ ar: graded.a, ru: graded.b });
    const others = rowsOf({ ar: graded.b, ru: graded.a });
    assert.deepEqual(
      compareArms(rows, others, OPTIONS),
      compareArms(rows.toReversed(), others.toReversed(), OPTIONS),
    );
  });

  it('gives no interval and no p-value for a handful of queries', () => {
    const { all } = compareArms(rowsOf({ ar: [1, 1, 0] }), rowsOf({ ar: [0, 1, 0] }), OPTIONS);
    assert.equal(all.interval, null);
    assert.deepEqual(
      all.tests.map((test) => test.outcome === 'not-tested' && test.reason),
      ['too-few-pairs', 'too-few-pairs'],
    );
  });

  it('gives nothing at all where no query is in both', () => {
    const { all, leftOut } = compareArms(rowsOf({ ar: [1, 1] }), rowsOf({ ru: [0, 1] }), OPTIONS);
    assert.deepEqual(
      [all.first, all.second, all.estimate, all.interval, all.tests, leftOut],
      [null, null, null, null, [], 4],
    );
  });

  it('covers the true difference about as often as it says', () => {
    const trials = 200;
    let covered = 0;
    let state = 1;
    const uniform = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let trial = 0; trial < trials; trial++) {
      const values = (probability: number): number[] =>
        Array.from({ length: 60 }, () => (uniform() < probability ? 1 : 0));
      const first = rowsOf({ ar: values(0.6), ru: values(0.6).slice(0, 30) });
      const second = rowsOf({ ar: values(0.5), ru: values(0.5).slice(0, 30) });
      const { interval } = compareArms(first, second, { ...OPTIONS, resamples: 500, tests: [] }).all;
      if (interval!.low <= 0.1 && 0.1 <= interval!.high) covered += 1;
    }
    assert.ok(covered / trials > 0.9 && covered / trials < 0.99, `${covered} of ${trials}`);
  });
});
