import assert from 'node:assert/strict';
import { compareMetrics } from '../../../core/compare/metrics.js';
import { renderMetrics } from '../../../core/compare/render-metrics.js';
import type { ArmResult, ReportData } from '../../../core/report/report-data.js';

/** A report with what is compared of it: `ndcg@10` of each arm, over all and in ar. */
function reportOf(arms: Record<string, [all: number, ar: number] | undefined>): ReportData {
  const results = Object.entries(arms).map(([id, figures]): ArmResult => ({
    arm: { id, label: `arm ${id}`, encoder: 'e5', similarity: 'cosine' },
    results: figures ? { 'ndcg@10': { all: figures[0], byLanguage: { ar: figures[1] } } } : {},
  }));
  return { metrics: ['ndcg@10'], languages: ['ar'], arms: results } as unknown as ReportData;
}

describe('compareMetrics', () => {
  const a = reportOf({ e5: [0.5, 0.5], x: [0.6, 0.7], y: [0.1, 0.1], z: undefined });
  const b = reportOf({ e5: [0.5, 0.5], x2: [0.65, 0.7], z: [0.3, 0.3], y2: [0.1, 0.2], w: [0, 0] });
  const compared = compareMetrics(a, b);

  it('matches arms by id, and the others by their positions', () => {
    assert.deepEqual(
      compared.arms.map((arm) => [arm.a, arm.b, arm.matchedBy]),
      [
        ['e5', 'e5', 'id'],
        ['x', 'x2', 'position'],
        ['y', 'y2', 'position'],
        ['z', 'z', 'id'],
      ],
    );
    assert.deepEqual([compared.onlyA, compared.onlyB], [[], ['w']]);
  });

  it('gives both figures and their difference, for each language and over all', () => {
    const [ar, all] = compared.arms[1]!.figures;
    assert.deepEqual(ar, { metric: 'ndcg@10', language: 'ar', a: 0.7, b: 0.7, difference: 0 });
    assert.ok(Math.abs((all?.difference ?? NaN) - 0.05) < 1e-12);
    assert.equal(all?.language, 'all');
  });

  it('has no difference where one figure is absent', () => {
    assert.deepEqual(compared.arms[3]!.figures[1], {
      metric: 'ndcg@10',
      language: 'all',
      a: null,
      b: 0.3,
      difference: null,
    });
  });

  it('is shown as tables of what differs', () => {
    const text = renderMetrics(compared).join('\n\n');
    assert.match(text, /^### arm x and arm x2 \(compared by their positions\)$/m);
    assert.match(text, /^\| nDCG@10 +\| 0\.7000 +\| 0\.6000 → 0\.6500 \(\+0\.0500\) +\|$/m);
    assert.match(text, /^\| nDCG@10 +\| - → 0\.3000 +\| - → 0\.3000 +\|$/m);
    assert.match(text, /^Every figure is the same: `e5`\.$/m);
    assert.match(text, /^Only B has `w`\.$/m);
  });
});
