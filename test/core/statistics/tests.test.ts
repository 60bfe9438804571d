import assert from 'node:assert/strict';
import { correctedP } from '../../../core/statistics/corrections.js';
import { effectSize } from '../../../core/statistics/moments.js';
import { randomisationTest } from '../../../core/statistics/randomisation-test.js';
import { testDifferences } from '../../../core/statistics/significance-test.js';
import { pairedTTest } from '../../../core/statistics/t-test.js';
import { golden } from './golden.js';

const CLOSE = 1e-6;
const OPTIONS = { permutations: 100_000, seed: 7 };

function near(actual: number, expected: number, relative = CLOSE): void {
  assert.ok(
    Math.abs(actual - expected) <= relative * Math.max(Math.abs(expected), Number.MIN_VALUE),
    `${actual} is not within ${relative} of ${expected}`,
  );
}

const differencesOf = ({ a, b }: { a: number[]; b: number[] }): Float64Array =>
  Float64Array.from(a, (value, i) => value - b[i]!);

describe('pairedTTest', () => {
  for (const item of golden.cases)
    it(`agrees with scipy's ttest_rel: ${item.name}`, () => {
      const { statistic, df, p } = pairedTTest(differencesOf(item));
      near(statistic, item.t);
      assert.equal(df, item.df);
      near(p, item.p);
      near(effectSize(differencesOf(item))!, item.dz);
    });
});

describe('randomisationTest', () => {
  for (const item of golden.cases.filter(({ exact }) => exact !== undefined))
    it(`agrees with scipy's permutation_test, all ways: ${item.name}`, () => {
      const result = randomisationTest(differencesOf(item), { permutations: 100_000, seed: [1] });
      assert.ok(result.exact);
      near(result.p, item.exact!);
    });

  for (const item of golden.cases.filter(({ drawn }) => drawn !== undefined))
    it(`agrees with scipy's permutation_test within the spread of drawing: ${item.name}`, () => {
      const result = randomisationTest(differencesOf(item), { permutations: 100_000, seed: [1] });
      assert.ok(!result.exact && result.permutations === 100_000);
      const spread = Math.sqrt((item.drawn! * (1 - item.drawn!)) / 100_000);
      assert.ok(Math.abs(result.p - item.drawn!) < 5 * spread + 1e-5, `${result.p} against ${item.drawn!}`);
    });

  it('gives the same p for the same seed, and about the same for another', () => {
    const differences = differencesOf(golden.cases.find(({ name }) => name === 'three hundred graded')!);
    const p = (seed: number) => randomisationTest(differences, { permutations: 10_000, seed: [seed] }).p;
    assert.equal(p(1), p(1));
    assert.notEqual(p(1), p(2));
    assert.ok(Math.abs(p(1) - p(2)) < 0.02);
  });

  it('draws as it would enumerate', () => {
    const differences = Float64Array.from([...golden.stratified.ru, 0.1, 0.1, -0.1, 0.3, 0.2]);
    const exact = randomisationTest(differences, { permutations: 2 ** 11, seed: [1] });
    const drawn = randomisationTest(differences, { permutations: 2 ** 11 - 1, seed: [1] });
    assert.deepEqual([exact.exact, drawn.exact], [true, false]);
    assert.ok(Math.abs(exact.p - drawn.p) < 0.03, `${exact.p} against ${drawn.p}`);
  });
});

describe('testDifferences', () => {
  it('turns signs within languages for the average over languages', () => {
    const { ar, ru, p } = golden.stratified;
    const result = testDifferences('randomisation', [Float64Array.from(ar), Float64Array.from(ru)], OPTIONS);
    assert.ok(result.outcome === 'tested');
    near(result.p, p);
  });

  const untestable = {
    'too-few-pairs': [0.1, 0.2, 0.1, 0.3, 0.2],
    'all-ties': [0, 0, 0, 0, 0, 0, 0],
    'no-variance': [0.3 - 0.1, 0.2, 0.2, 0.2, 0.2, 0.2],
  } as const;
  for (const [reason, differences] of Object.entries(untestable))
    it(`says "${reason}" instead of a p-value`, () => {
      assert.deepEqual(testDifferences('paired-t', [Float64Array.from(differences)], OPTIONS), {
        test: 'paired-t',
        outcome: 'not-tested',
        reason,
      });
    });

  it('tests equal differences by randomisation, which needs no variance', () => {
    const result = testDifferences('randomisation', [Float64Array.from(untestable['no-variance'])], OPTIONS);
    assert.ok(result.outcome === 'tested' && result.p === 2 / 2 ** 6);
  });
});

describe('correctedP', () => {
  for (const [i, { p, bonferroni, holm }] of golden.corrections.entries())
    it(`agrees with statsmodels' multipletests, family ${i + 1} of ${p.length}`, () => {
      correctedP(p, 'bonferroni').forEach((value, k) => near(value, bonferroni[k]!));
      correctedP(p, 'holm').forEach((value, k) => near(value, holm[k]!));
      assert.deepEqual(correctedP(p, 'none'), p);
    });
});
