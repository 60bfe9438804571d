import assert from 'node:assert/strict';
import { claimProblems } from '../../../core/config/claim-problems.js';
import { formatPath } from '../../../core/config/problems.js';
import { madeUpExperiment } from '../statistics/made-up-run.js';
import { experimentFolder, VALID } from './experiment-folder.js';
import type { ExperimentInput } from './experiment-input.js';

type ClaimInput = NonNullable<ExperimentInput['claims']>[number];
type WithoutSentence<Claim> = Claim extends unknown ? Omit<Claim, 'claim'> : never;

const BEST = { encoder: 'e5', questions: 'mini', perLanguage: 3 };

function problemsOf(claim: WithoutSentence<ClaimInput>, change: Partial<ExperimentInput> = {}): string[] {
  const claims = [{ claim: 'it is so', ...claim } as ClaimInput];
  return claimProblems(madeUpExperiment({ claims, ...change })).map(
    ({ path, message }) => `${formatPath(path)}: ${message}`,
  );
}

describe('claimProblems', () => {
  it('finds none in claims that can be judged', () => {
    assert.deepEqual(problemsOf({ compare: { arm: BEST, against: 'mean', metric: 'mrr@10' } }), []);
    assert.deepEqual(
      problemsOf({
        trend: { arms: { encoder: 'e5', questions: 'mini' }, by: 'perLanguage', expect: 'rises' },
      }),
      [],
    );
    assert.deepEqual(problemsOf({ gains: { of: BEST, than: { encoder: 'xlmr', questions: 'mini' } } }), []);
  });

  it('reports a selector that picks several arms, with what tells them apart', () => {
    assert.deepEqual(problemsOf({ compare: { arm: { encoder: 'e5', questions: 'mini' } } }), [
      'claims[0].compare.arm: picks 3 arms (e5+mini-a0.03-n1, e5+mini-a0.03-n2, e5+mini-a0.03-n3), expected one; add "perLanguage"',
    ]);
  });

  it('reports a selector that picks none, with what there is', () => {
    assert.deepEqual(
      problemsOf({ compare: { arm: { encoder: 'xlmr', questions: 'mini', perLanguage: 2 } } }),
      ['claims[0].compare.arm: picks no arm; there are: xlmr+mini-a0.03-n3'],
    );
  });

  it('reports unknown names', () => {
    assert.deepEqual(problemsOf({ compare: { arm: { encoder: 'e6' }, metric: 'recall@2' } }), [
      'claims[0].compare.metric: no metric of evaluate.metrics is called "recall@2"; did you mean "recall@1"?',
      'claims[0].compare.arm.encoder: no encoder is called "e6"; did you mean "e5"?',
    ]);
  });

  it('reports a figure of PAWS-X where that is not measured, or has no such figure', () => {
    const winRate = { compare: { arm: BEST, metric: 'pawsx.winRate' } };
    assert.deepEqual(problemsOf(winRate), [
      'claims[0].compare.metric: pawsx.winRate needs PAWS-X; set "robustness.pawsx"',
    ]);
    const robustness = { pawsx: { folder: 'pawsx', languages: ['en', 'de'] } };
    assert.deepEqual(problemsOf(winRate, { robustness }), []);
    assert.deepEqual(problemsOf({ compare: { arm: BEST, metric: 'pawsx.winrate' } }, { robustness }), [
      'claims[0].compare.metric: no metric of PAWS-X is called "pawsx.winrate"; did you mean "pawsx.winRate"?',
    ]);
  });

  it('reports arms that PAWS-X is not measured for', () => {
    const robustness = { pawsx: { folder: 'pawsx', languages: ['en', 'de'], questions: [] } };
    const reason =
      'PAWS-X is not measured for e5+mini-a0.03-n3: its questions are imported, or not among robustness.pawsx.questions';
    assert.deepEqual(problemsOf({ compare: { arm: BEST, metric: 'pawsx.mrr' } }, { robustness }), [
      `claims[0].compare.arm: ${reason}`,
    ]);
    assert.deepEqual(
      problemsOf({ compare: { arm: { encoder: 'e5' }, against: BEST, metric: 'pawsx.mrr' } }, { robustness }),
      [`claims[0].compare.against: ${reason}`],
    );
  });

  it('holds the languages of such a claim against those of PAWS-X', () => {
    const robustness = { pawsx: { folder: 'pawsx', languages: ['en', 'de'] } };
    const claim = (language: string) => ({
      compare: { arm: BEST, metric: 'pawsx.winRate' },
      languages: [language],
    });
    assert.deepEqual(problemsOf(claim('de'), { robustness }), []);
    assert.match(problemsOf(claim('te'), { robustness })[0] ?? '', /languages\[0\]: no query language/);
  });

  it('reports a control or an encoder alone that is not run', () => {
    const xlmr = { encoder: 'xlmr', questions: 'mini' };
    assert.deepEqual(problemsOf({ compare: { arm: xlmr, against: 'mean' } }), [
      'claims[0].compare.against: no mean control of xlmr+mini-a0.03-n3 among the arms; add control: [none, mean] to it',
    ]);
    assert.deepEqual(
      problemsOf({ compare: { arm: xlmr } }, { arms: [{ encoder: 'xlmr', questions: 'mini' }] }),
      [
        'claims[0].compare.against: no arm of the encoder xlmr alone to compare xlmr+mini-a0.01-n3 with; add { encoder: xlmr } to the arms',
      ],
    );
  });

  it('reports an arm that is compared with itself', () => {
    assert.deepEqual(problemsOf({ compare: { arm: BEST, against: BEST } }), [
      'claims[0].compare.against: picks e5+mini-a0.03-n3, the arm itself',
    ]);
  });

  it('reports a trend without two settings, or that fixes the one it follows', () => {
    const trend = { by: 'perLanguage' as const, expect: 'rises' as const };
    assert.deepEqual(problemsOf({ trend: { ...trend, arms: { encoder: 'xlmr', questions: 'mini' } } }), [
      'claims[0].trend.arms: picks 1 arms, expected two or more that differ in perLanguage',
    ]);
    assert.deepEqual(problemsOf({ trend: { ...trend, arms: BEST } }), [
      'claims[0].trend.arms.perLanguage: has to be left out: the trend follows it',
    ]);
  });

  it('reports two bounds at once', () => {
    assert.deepEqual(problemsOf({ compare: { arm: BEST, moreThan: 0, lessThan: 1 } }), [
      'claims[0].compare.lessThan: stands beside moreThan; make two claims of it',
    ]);
  });

  it('reports query languages that the experiment leaves out', () => {
    assert.deepEqual(
      problemsOf(
        { compare: { arm: BEST }, except: ['ja'] },
        { queries: { files: 'q.jsonl', languages: ['ar', 'ru'] } },
      ),
      ['claims[0].except[0]: no query language is called "ja"; there are: ar, ru'],
    );
  });

  it('reports a baseline that picks no arm', () => {
    const experiment = madeUpExperiment({ statistics: { baseline: { encoder: 'e5', questions: 'mini' } } });
    const [problem] = claimProblems(experiment);
    assert.equal(formatPath(problem!.path), 'statistics.baseline');
  });
});

describe('claims in an experiment file', () => {
  const { errorOf } = experimentFolder();

  it('are reported with their place in the file', async () => {
    const claims = `claims:
  - claim: it is so
    compare: { arm: { encoder: e5, questions: mini } }
`;
    assert.deepEqual(await errorOf(VALID + claims), [
      'x.yaml:21:16 claims[0].compare.arm: picks 2 arms (e5+mini-a0.01-n3, e5+mini-a0.02-n3), expected one; add "alpha"',
    ]);
  });

  it('have one form, and keys that are known', async () => {
    const claims = `claims:
  - claim: it is so
  - claim: it is so
    compare: { arm: { encoder: e5 }, agianst: mean }
`;
    assert.deepEqual(await errorOf(VALID + claims), [
      'x.yaml:20:5 claims[0]: expected a mapping with one of "compare", "gains" and "trend", found a mapping with "claim"',
      'x.yaml:22:38 claims[1].compare.agianst: unknown key "agianst"; did you mean "against"?',
    ]);
  });
});
