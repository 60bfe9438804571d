import assert from 'node:assert/strict';
import { z } from 'zod';
import { analyseRun } from '../../../core/report/analyse.js';
import { StatisticsDataSchema, type StatisticsData } from '../../../core/report/statistics-data.js';
import { statisticsToParquet } from '../../../core/report/statistics-parquet.js';
import { rowsFromParquet } from '../../../core/formats/parquet.js';
import { compareArms } from '../../../core/statistics/compare-arms.js';
import { madeUpRun, type MadeUpRun } from './made-up-run.js';

/** Questions help by half of a shift; xlmr gains nothing. */
const run = (): Promise<MadeUpRun> =>
  madeUpRun(({ encoder, augmentation }) => {
    if (augmentation === undefined || encoder === 'xlmr') return 0.5;
    return augmentation.control === undefined ? 0.5 + 0.05 * augmentation.perLanguage : 0.58;
  });

describe('analyseRun', () => {
  let made: MadeUpRun;
  let data: StatisticsData;
  before(async () => {
    made = await run();
    data = await analyseRun(made.tables, made.arms, { statistics: made.experiment.statistics, seed: 1 });
  });
  const find = (arm: string, over = 'all', role = 'baseline') =>
    data.comparisons.filter(
      (entry) =>
        entry.arm === arm && entry.over === over && entry.role === role && entry.metric === 'recall@1',
    );

  it('gives what its schema says', () => {
    assert.deepEqual(StatisticsDataSchema.parse(JSON.parse(JSON.stringify(data))), data);
  });

  it('tests each arm against its encoder alone', () => {
    const [best] = find('e5+mini-a0.03-n3');
    assert.equal(best?.against, 'e5');
    assert.ok(best.estimate! > 0.1 && best.interval!.low > 0.05 && best.interval!.high < 0.25);
    assert.ok(best.tests.every((test) => test.outcome === 'tested' && test.corrected < 0.01));
    assert.equal(find('xlmr+mini-a0.03-n3')[0]?.against, 'xlmr');
    assert.deepEqual(find('e5'), []);
  });

  it('splits the gain into shift and content: the parts add up', () => {
    const [gain] = find('e5+mini-a0.03-n3');
    for (const control of ['shuffled', 'mean']) {
      const [shift] = find(`e5+mini-a0.03-n3-${control}`);
      const content = find('e5+mini-a0.03-n3', 'all', 'control').find(({ against }) =>
        against.endsWith(control),
      );
      assert.ok(Math.abs(shift!.estimate! + content!.estimate! - gain!.estimate!) < 1e-12);
      assert.ok(content?.interval);
    }
  });

  it('tells query languages with questions from those without', () => {
    const figures = ['seen', 'unseen', 'ar', 'en', 'ja'].map(
      (over) => find('e5+mini-a0.03-n3', over)[0]!.estimate!,
    );
    const [seen, unseen, ar, en, ja] = figures as [number, number, number, number, number];
    assert.ok(Math.abs(seen - (ar + ja) / 2) < 1e-12);
    assert.equal(unseen, en);
  });

  it('corrects over the arms of a column', () => {
    const column = data.comparisons
      .filter((entry) => entry.role === 'baseline' && entry.metric === 'recall@1' && entry.over === 'all')
      .map((entry) => entry.tests[0]!)
      .filter((test) => test.outcome === 'tested');
    assert.equal(column.length, 6);
    const least = column.reduce((a, b) => (a.p < b.p ? a : b));
    assert.ok(Math.abs(least.corrected - Math.min(1, 6 * least.p)) < 1e-12);
  });

  it('says which arms an arm beats, and never both ways', () => {
    const beats = (arm: string) =>
      data.beaten.find((entry) => entry.arm === arm && entry.over === 'all' && entry.metric === 'recall@1')
        ?.beats ?? [];
    assert.ok(beats('e5+mini-a0.03-n3').includes('e5') && beats('e5+mini-a0.03-n3').includes('xlmr'));
    assert.deepEqual(beats('e5'), []);
    for (const { arm, over, metric, beats: beaten } of data.beaten)
      for (const other of beaten)
        assert.ok(
          !data.beaten.some(
            (entry) =>
              entry.arm === other &&
              entry.over === over &&
              entry.metric === metric &&
              entry.beats.includes(arm),
          ),
        );
  });

  it('agrees with comparing two arms by themselves', () => {
    const rowsOf = (id: string) => made.rows.filter(({ arm }) => arm === id);
    const { all } = compareArms(rowsOf('e5+mini-a0.03-n2'), rowsOf('e5'), {
      metric: 'recall@1',
      resamples: 500,
      permutations: 1000,
      seed: 1,
    });
    const [inRun] = find('e5+mini-a0.03-n2');
    assert.deepEqual(
      [all.estimate, all.interval, all.pairs],
      [inRun!.estimate, inRun!.interval, inRun!.pairs],
    );
    assert.deepEqual(
      all.tests.map((test) => test.outcome === 'tested' && test.p),
      inRun!.tests.map((test) => test.outcome === 'tested' && test.p),
    );
  });

  it('tests against another baseline where one is picked', async () => {
    const baseline = made.arms.find(({ id }) => id === 'xlmr')!;
    const { comparisons } = await analyseRun(made.tables, made.arms, {
      statistics: { ...made.experiment.statistics, tests: ['paired-t'] },
      seed: 1,
      baseline,
    });
    const against = comparisons.filter(({ role }) => role === 'baseline').map((entry) => entry.against);
    assert.deepEqual([...new Set(against)], ['xlmr']);
  });

  it('has a row in Parquet for each test of each comparison', async () => {
    const bytes = await statisticsToParquet(data);
    const rows = await rowsFromParquet(bytes, z.looseObject({ test: z.string() }), 'statistics');
    assert.equal(rows.length, data.comparisons.length * 2);
  });

  it('gives no interval and no p-value for four queries a language', async () => {
    const few = await madeUpRun(() => 0.5, { queries: 4, languages: ['ar'] });
    const { intervals, comparisons, beaten } = await analyseRun(few.tables, few.arms, {
      statistics: few.experiment.statistics,
      seed: 1,
    });
    assert.ok(intervals.every(({ all, byLanguage }) => all === null && byLanguage['ar'] === null));
    assert.ok(comparisons.every(({ tests }) => tests.every(({ outcome }) => outcome === 'not-tested')));
    assert.deepEqual(beaten, []);
  });
});
