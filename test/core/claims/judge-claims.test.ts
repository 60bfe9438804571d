import assert from 'node:assert/strict';
import { judgeClaims } from '../../../core/claims/judge-claims.js';
import type { ClaimOutcome } from '../../../core/report/statistics-data.js';
import type { ExperimentInput } from '../config/experiment-input.js';
import { madeUpRun, type Chances } from '../statistics/made-up-run.js';

type ClaimInput = NonNullable<ExperimentInput['claims']>[number];
/** Of each form by itself, which `Omit` of the union would lose. */
type WithoutSentence<Claim> = Claim extends unknown ? Omit<Claim, 'claim'> : never;

const BEST = { encoder: 'e5', questions: 'mini', perLanguage: 3 };
const MINI = { encoder: 'e5', questions: 'mini' };

/** e5 gains with each question, but loses in ja; controls gain half; xlmr gains nothing. */
const chances: Chances = ({ encoder, augmentation }, language) => {
  if (augmentation === undefined || encoder === 'xlmr') return 0.5;
  const gain = 0.06 * augmentation.perLanguage * (augmentation.control === undefined ? 1 : 0.5);
  return language === 'ja' ? 0.5 - gain : 0.5 + gain;
};

/** What comes of claims, or of one with a sentence put in. */
async function judged(
  claim: WithoutSentence<ClaimInput>,
  { of = chances, queries = 300 }: { of?: Chances; queries?: number } = {},
): Promise<ClaimOutcome> {
  const { experiment, arms, tables } = await madeUpRun(of, {
    queries,
    change: { claims: [{ claim: 'it is so', ...claim } as ClaimInput] },
  });
  const { claims, questions: sets, statistics } = experiment;
  const evidence = { tables, arms, sets, statistics, seed: 1, primaryMetric: 'recall@1' };
  return judgeClaims(claims, evidence)[0]!;
}

describe('judgeClaims', () => {
  it('holds what the test finds', async () => {
    const outcome = await judged({ compare: { arm: BEST }, required: true });
    assert.deepEqual([outcome.outcome, outcome.required, outcome.metric], ['holds', true, 'recall@1']);
    const [finding] = outcome.findings;
    assert.ok(finding!.estimate! > 0 && finding!.interval!.low > 0 && finding!.corrected! < 0.05);
  });

  it('fails when the test finds the contrary', async () => {
    assert.equal((await judged({ compare: { arm: BEST }, languages: ['ja'] })).outcome, 'fails');
  });

  it('leaves undecided what chance explains', async () => {
    const xlmr = { encoder: 'xlmr', questions: 'mini' };
    assert.equal((await judged({ compare: { arm: xlmr } })).outcome, 'undecided');
  });

  it('leaves undecided what too few queries or ties cannot tell, and says so', async () => {
    const few = await judged({ compare: { arm: BEST }, languages: ['ar'] }, { queries: 4 });
    assert.deepEqual([few.outcome, few.why], ['undecided', 'fewer than 6 queries']);
    assert.equal(few.findings[0]!.p, null);
    const ties = await judged({ compare: { arm: BEST } }, { of: () => 2 });
    assert.deepEqual([ties.outcome, ties.why], ['undecided', 'every query ties']);
  });

  it('counts what never differs as surely below a margin', async () => {
    for (const test of ['paired-t', 'randomisation', 'interval'] as const) {
      const outcome = await judged({ compare: { arm: BEST, lessThan: 1 }, test }, { of: () => 2 });
      assert.equal(outcome.outcome, 'holds', test);
      assert.equal(outcome.findings[0]!.interval, null);
    }
  });

  it('takes margins in the unit of tables', async () => {
    const more = (moreThan: number) => judged({ compare: { arm: BEST, moreThan }, languages: ['ar'] });
    assert.deepEqual([(await more(1)).outcome, (await more(60)).outcome], ['holds', 'fails']);
    const less = await judged({ compare: { arm: BEST, lessThan: 60 } });
    assert.equal(less.outcome, 'holds');
  });

  it('asks each language, exceptions apart', async () => {
    const each = { compare: { arm: BEST }, languages: 'each' as const };
    const all = await judged(each);
    assert.deepEqual([all.outcome, all.why], ['fails', 'fails for ja']);
    assert.deepEqual(
      all.findings.map(({ label, outcome }) => `${label} ${outcome}`),
      ['ar holds', 'en holds', 'ja fails'],
    );
    assert.equal((await judged({ ...each, except: ['ja'] })).outcome, 'holds');
    assert.equal((await judged({ ...each, allowedExceptions: 1 })).outcome, 'holds');
  });

  it('leaves languages out of an average', async () => {
    const [all] = (await judged({ compare: { arm: BEST } })).findings;
    const [but] = (await judged({ compare: { arm: BEST }, except: ['ja'] })).findings;
    assert.ok(but!.estimate! > all!.estimate! + 0.05);
  });

  it('compares with a control', async () => {
    const outcome = await judged({ compare: { arm: BEST, against: 'mean' }, except: ['ja'] });
    assert.equal(outcome.outcome, 'holds');
    assert.ok(outcome.findings[0]!.estimate! < 0.15);
  });

  it('compares gains query by query', async () => {
    const gains = { of: BEST, than: { encoder: 'xlmr', questions: 'mini' } };
    assert.equal((await judged({ gains, except: ['ja'] })).outcome, 'holds');
    assert.equal((await judged({ gains, languages: ['ja'] })).outcome, 'fails');
  });

  it('follows a trend', async () => {
    const trend = { arms: MINI, by: 'perLanguage' as const, expect: 'rises' as const };
    const rises = await judged({ trend, except: ['ja'] });
    assert.equal(rises.outcome, 'holds');
    assert.deepEqual(
      rises.findings.map(({ label }) => label),
      ['n = 1 → 2', 'n = 1 → 3', 'n = 2 → 3'],
    );
    assert.equal((await judged({ trend, languages: ['ja'] })).outcome, 'fails');
    const level = await judged({ trend }, { of: () => 0.5 });
    assert.deepEqual([level.outcome, level.why], ['undecided', 'no two settings differ significantly']);
  });

  it('takes a fall that is not significant for undecided, none for holding', async () => {
    const trend = { arms: MINI, by: 'perLanguage' as const, expect: 'neverFalls' as const };
    assert.equal((await judged({ trend, except: ['ja'] })).outcome, 'holds');
    assert.equal((await judged({ trend, languages: ['ja'] })).outcome, 'fails');
    const slightly: Chances = ({ augmentation }) => 0.5 - 0.008 * (augmentation?.perLanguage ?? 0);
    const outcome = await judged({ trend, languages: ['en'] }, { of: slightly });
    assert.equal(outcome.outcome, 'undecided');
    assert.match(outcome.why, /^falls, not significantly: n = /);
  });

  it('decides by figures alone where no test is asked for', async () => {
    const outcome = await judged({ compare: { arm: BEST }, languages: 'each', test: 'none' });
    assert.ok(outcome.findings.every(({ p }) => p === null));
    assert.equal(outcome.outcome, 'fails');
    const ties = await judged({ compare: { arm: BEST }, test: 'none' }, { of: () => 2 });
    assert.equal(ties.outcome, 'fails');
  });

  it('decides by the interval where that is asked for', async () => {
    const outcome = await judged({ compare: { arm: BEST }, languages: ['ar'], test: 'interval' });
    assert.deepEqual([outcome.outcome, outcome.findings[0]!.p], ['holds', null]);
  });

  it('widens the intervals of several languages', async () => {
    const width = async (languages: string[]): Promise<number> => {
      const outcome = await judged({ compare: { arm: BEST }, languages, test: 'interval' });
      const { low, high } = outcome.findings[0]!.interval!;
      return high - low;
    };
    assert.ok((await width(['ar', 'en', 'ja'])) > (await width(['ar'])));
  });

  it('leaves undecided what it has no queries for', async () => {
    const outcome = await judged({ compare: { arm: BEST }, languages: ['te'] });
    assert.deepEqual([outcome.outcome, outcome.why], ['undecided', 'no query that counts under all arms']);
  });
});
