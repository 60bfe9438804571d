import type { QueryMetrics } from '../evaluation/evaluate.js';
import { summarize } from '../evaluation/summary.js';
import { displayValue } from '../report/figures.js';
import type { Arm } from '../retrieval/arms.js';
import { compareArms, type ArmsComparison } from '../statistics/compare-arms.js';
import type { Gate } from './gate.js';
import type { GateResult } from './records.js';

/** Per-query metrics of a run, and its arms. Outcomes of PAWS-X's pairs are rows of their own. */
export interface RunMetrics {
  runId: string;
  arms: readonly Arm[];
  rows: readonly QueryMetrics[];
}

/** What holds a run and its baseline together: the same intervals and resamples wherever it is judged. */
export interface JudgeOptions {
  gates: readonly Gate[];
  seed: number;
}

/**
 * Judges a run by its gates, one result for each gate and arm. A gate on the baseline compares the two runs query by
 * query: it fails only if the whole 95 % interval of the difference is beyond the limit, so that noise pages nobody;
 * where the difference is beyond it and the interval is not, the gate is `undecided`.
 *
 * @param baseline absent on the first night: gates on it cannot be judged, and say so
 */
export function judgeRun(
  run: RunMetrics,
  baseline: RunMetrics | undefined,
  { gates, seed }: JudgeOptions,
): GateResult[] {
  const compared = new Map<string, ArmsComparison>();
  const compare = (arm: string, metric: string): ArmsComparison | undefined => {
    const key = `${arm} ${metric}`;
    const known = compared.get(key);
    if (known !== undefined) return known;
    const [own, others] = [rowsOf(run, arm, metric), rowsOf(baseline, arm, metric)];
    if (own.length === 0 || others.length === 0) return undefined;
    const comparison = compareArms(own, others, { metric, tests: [], seed });
    compared.set(key, comparison);
    return comparison;
  };
  return gates.flatMap((gate) =>
    armsOf(gate, run.arms).map((arm): GateResult => {
      const about = { gate: gate.text, arm };
      if (!run.arms.some(({ id }) => id === arm)) return notJudged(about, `the run has no arm "${arm}"`);
      if (!gate.relative) return absolute(gate, about, rowsOf(run, arm, gate.metric));
      if (baseline === undefined) return notJudged(about, 'there is no baseline yet');
      if (!baseline.arms.some(({ id }) => id === arm))
        return notJudged(about, `the baseline ${baseline.runId} has no arm "${arm}"`);
      return relative(gate, about, compare(arm, gate.metric));
    }),
  );
}

type About = Pick<GateResult, 'gate' | 'arm'>;

function relative(gate: Gate, about: About, comparison: ArmsComparison | undefined): GateResult {
  const over = gate.language === undefined ? comparison?.all : comparison?.byLanguage[gate.language];
  if (over?.estimate == null || over.first === null || over.second === null)
    return notJudged(about, `no query counts for ${gate.metric} in both runs`);
  const shown = (value: number): number => displayValue(gate.metric, value);
  const difference = shown(over.estimate);
  const interval = over.interval && { low: shown(over.interval.low), high: shown(over.interval.high) };
  const figures = {
    value: shown(over.first),
    baseline: shown(over.second),
    difference,
    limit: gate.offset,
    ...(interval && { interval }),
    queries: over.pairs,
  };
  if (beyond(gate, difference, gate.offset) <= ROUNDING) return { ...about, verdict: 'holds', ...figures };
  if (interval === null)
    return { ...about, verdict: 'undecided', reason: 'too few queries for an interval', ...figures };
  const nearest = gate.comparison === '>=' ? interval.high : interval.low;
  const surely = beyond(gate, nearest, gate.offset) > ROUNDING;
  if (surely) return { ...about, verdict: 'fails', ...figures };
  return {
    ...about,
    verdict: 'undecided',
    reason: 'the limit lies within the interval of the difference',
    ...figures,
  };
}

function absolute(gate: Gate, about: About, rows: readonly QueryMetrics[]): GateResult {
  const averages = summarize(rows).metrics[gate.metric];
  const own = gate.language === undefined ? averages?.all : averages?.byLanguage[gate.language];
  if (own === undefined || own === null) return notJudged(about, `no query counts for ${gate.metric}`);
  const value = displayValue(gate.metric, own);
  const verdict = beyond(gate, value, gate.offset) <= ROUNDING ? 'holds' : 'fails';
  return { ...about, verdict, value, limit: gate.offset, queries: rows.length };
}

/** Differences of figures that are equal but for rounding are no differences. */
const ROUNDING = 1e-9;

/** How far a figure is on the wrong side of the limit; negative on the right one. */
function beyond(gate: Gate, figure: number, limit: number): number {
  return gate.comparison === '>=' ? limit - figure : figure - limit;
}

function notJudged(about: About, reason: string): GateResult {
  return { ...about, verdict: 'not judged', reason };
}

function armsOf(gate: Gate, arms: readonly Arm[]): string[] {
  if (gate.arm !== undefined) return [gate.arm];
  return arms.filter(({ augmentation }) => augmentation?.control === undefined).map(({ id }) => id);
}

function rowsOf(run: RunMetrics | undefined, arm: string, metric: string): QueryMetrics[] {
  return run?.rows.filter((row) => row.arm === arm && metric in row.values) ?? [];
}
