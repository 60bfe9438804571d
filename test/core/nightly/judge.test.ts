import assert from 'node:assert/strict';
import { parseGate } from '../../../core/nightly/gate.js';
import { judgeRun, type RunMetrics } from '../../../core/nightly/judge.js';
import { verdictOf } from '../../../core/nightly/night.js';
import type { GateResult } from '../../../core/nightly/records.js';

const arms = [
  { id: 'e5', label: 'e5', encoder: 'e5', similarity: 'cosine' as const },
  {
    id: 'e5+mini-mean',
    label: 'mean',
    encoder: 'e5',
    similarity: 'cosine' as const,
    augmentation: {
      questions: 'mini',
      alpha: 0.01,
      perLanguage: 1,
      languages: ['ar'],
      control: 'mean' as const,
    },
  },
];

/** A run in which the first `hits` of each language's queries are found. */
function run(runId: string, hits: number, queries = 200): RunMetrics {
  const rows = ['ar', 'te'].flatMap((lang) =>
    arms.flatMap(({ id }) =>
      Array.from({ length: queries }, (_, i) => ({
        arm: id,
        queryId: `${lang}-${String(i).padStart(4, '0')}`,
        lang,
        values: { 'recall@1': i < hits ? 1 : 0 },
      })),
    ),
  );
  return { runId, arms, rows };
}

/** The same with outcomes of PAWS-X, whose ids may be those of queries; the adversary wins the first `wins` pairs. */
function withPawsx(base: RunMetrics, wins: number): RunMetrics {
  const outcomes = ['ar', 'de'].flatMap((lang) =>
    arms.flatMap(({ id }) =>
      Array.from({ length: 200 }, (_, i) => ({
        arm: id,
        queryId: `${lang}-${String(i).padStart(4, '0')}`,
        lang,
        values: { 'pawsx.winRate': i < wins ? 1 : 0 },
      })),
    ),
  );
  return { ...base, rows: [...base.rows, ...outcomes] };
}

function judge(current: RunMetrics, baseline: RunMetrics | undefined, ...gates: string[]): GateResult[] {
  return judgeRun(current, baseline, { gates: gates.map(parseGate), seed: 1 });
}

function only(results: GateResult[]): GateResult {
  assert.equal(results.length, 1);
  return results[0]!;
}

describe('a run held to gates', () => {
  it('holds when nothing changed', () => {
    const result = only(judge(run('b', 100), run('a', 100), 'recall@1 >= baseline - 0.5'));
    assert.equal(result.verdict, 'holds');
    assert.deepEqual([result.value, result.baseline, result.difference], [50, 50, 0]);
  });

  it('fails when the whole interval of the difference is beyond the limit', () => {
    const result = only(judge(run('b', 60), run('a', 100), 'recall@1 >= baseline - 0.5'));
    assert.equal(result.verdict, 'fails');
    assert.ok(Math.abs((result.difference ?? 0) + 20) < 1e-9);
    assert.ok((result.interval?.high ?? 0) < -0.5);
    assert.equal(verdictOf([result]), 'worse');
  });

  it('is undecided when chance can explain the difference: nobody is woken', () => {
    const result = only(judge(run('b', 98), run('a', 100), 'recall@1 >= baseline - 0.5'));
    assert.equal(result.verdict, 'undecided');
    assert.ok((result.interval?.high ?? -1) >= -0.5);
    assert.equal(verdictOf([result]), 'good');
  });

  it('is undecided with too few queries for an interval', () => {
    const result = only(judge(run('b', 0, 2), run('a', 2, 2), 'recall@1 >= baseline'));
    assert.deepEqual([result.verdict, result.reason], ['undecided', 'too few queries for an interval']);
  });

  it('is held to a number as it is', () => {
    const results = judge(
      run('b', 100),
      undefined,
      'recall@1 >= 49.9',
      'recall@1 >= 50.1',
      'recall@1[te] <= 50',
    );
    assert.deepEqual(
      results.map(({ verdict }) => verdict),
      ['holds', 'fails', 'holds'],
    );
  });

  it('is not judged by a baseline that is not there yet', () => {
    const result = only(judge(run('b', 100), undefined, 'recall@1 >= baseline'));
    assert.deepEqual([result.verdict, result.reason], ['not judged', 'there is no baseline yet']);
  });

  it('is not judged by what the runs do not share', () => {
    const other: RunMetrics = { ...run('a', 100), arms: [] };
    assert.match(
      only(judge(run('b', 100), other, 'recall@1 >= baseline')).reason ?? '',
      /baseline a has no arm "e5"/,
    );
    assert.match(only(judge(run('b', 100), other, 'xlmr: recall@1 >= 3')).reason ?? '', /no arm "xlmr"/);
    assert.match(
      only(judge(run('b', 100), run('a', 1), 'ndcg@10 >= baseline')).reason ?? '',
      /no query counts/,
    );
  });

  it('may be held to its robustness, in points, pair by pair', () => {
    const before = withPawsx(run('a', 100), 50);
    const gate = 'pawsx.winRate <= baseline + 1';
    const same = only(judge(withPawsx(run('b', 100), 52), before, gate));
    assert.deepEqual([same.verdict, same.value, same.baseline, same.queries], ['holds', 26, 25, 400]);
    assert.equal(only(judge(withPawsx(run('b', 100), 80), before, gate)).verdict, 'fails');
    assert.equal(only(judge(withPawsx(run('b', 100), 54), before, gate)).verdict, 'undecided');
    const absolute = only(judge(withPawsx(run('b', 100), 52), undefined, 'pawsx.winRate[de] <= 25'));
    assert.deepEqual([absolute.verdict, absolute.value, absolute.queries], ['fails', 26, 400]);
    assert.equal(only(judge(withPawsx(run('b', 100), 0), before, 'recall@1 >= baseline')).queries, 400);
  });

  it('is not held to robustness by a baseline that has none', () => {
    const result = only(judge(withPawsx(run('b', 100), 50), run('a', 100), 'pawsx.winRate <= baseline'));
    assert.match(result.reason ?? '', /no query counts for pawsx.winRate in both runs/);
  });

  it('is worse when a required claim fails, whatever the gates say', () => {
    assert.equal(verdictOf([], ['xQG raises recall']), 'worse');
    assert.equal(verdictOf([], []), 'good');
  });

  it('controls are judged only by gates that name them', () => {
    assert.deepEqual(
      judge(run('b', 100), undefined, 'recall@1 >= 1', 'e5+mini-mean: recall@1 >= 1').map(({ arm }) => arm),
      ['e5', 'e5+mini-mean'],
    );
  });
});
