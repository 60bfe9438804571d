import assert from 'node:assert/strict';
import { groupArms } from '../../../core/report/arm-groups.js';
import { renderHtml } from '../../../core/report/html.js';
import { renderMarkdown } from '../../../core/report/markdown.js';
import { cleanAdversarialPlot } from '../../../core/report/plots/clean-adversarial.js';
import { winRatePlot } from '../../../core/report/plots/win-rates.js';
import { parseReportData } from '../../../core/report/report-data.js';
import {
  adversarialTable,
  flipTable,
  lossTable,
  winRateTable,
} from '../../../core/report/robustness-tables.js';
import { robustnessSentences } from '../../../core/report/robustness-text.js';
import type { StatisticsData } from '../../../core/report/statistics-data.js';
import { renderTable } from '../../../core/report/table.js';
import { demoReport } from './demo-fixture.js';
import { robustReport } from './robustness-fixture.js';

const cellsOf = (table: ReturnType<typeof adversarialTable>, label: string): string[] => {
  const row = table?.rows.find(({ result }) => result.arm.label === label) ?? assert.fail(label);
  return row.cells.map(({ text, best }) => (best ? `${text}*` : text));
};
const strokes = (svg: string): number => svg.match(/<path/g)?.length ?? 0;
const BEST = 'e5 + mini, α = 0.03, n = 3';

describe('robustness in the report', () => {
  it('is read back from JSON', () => {
    const data = robustReport();
    assert.deepEqual(parseReportData(JSON.parse(JSON.stringify(data)), 'test').robustness, data.robustness);
  });

  it('says whether xQG buys recall with robustness', () => {
    const [sentence, control, rows] = robustnessSentences(robustReport());
    assert.equal(
      sentence,
      'e5 + mini: xQG (α = 0.03, n = 3, 7 languages) raises Recall@1 (+3.36 points) and raises the adversary’s win rate: 33.0 % → 36.4 % (+3.4 points); robust accuracy 47.0 % → 43.6 % (−3.4 points). Of 166 adversarial pairs, 9 are newly lost to the adversary and 3 won back.',
    );
    assert.match(control!, /^The best control \(mean, .*\) raises the adversary’s win rate/);
    assert.match(rows!, /other than English/);
  });

  it('says when nothing changes, or for the better', () => {
    const data = robustReport();
    const arms = data.robustness!.pawsx!.arms;
    const best = arms.find(({ arm }) => arm === 'e5+mini-a0.03-n3')!;
    best.all.winRate = arms[0]!.all.winRate;
    assert.match(
      robustnessSentences(data)[0]!,
      /does not change the adversary’s win rate: 33\.0 % → 33\.0 %/,
    );
    best.all.winRate = 0.3;
    assert.match(
      robustnessSentences(data)[0]!,
      /lowers the adversary’s win rate: 33\.0 % → 30\.0 % \(−3\.0 points\)/,
    );
  });

  it('has one table, clean against adversarial, with the best of each column marked', () => {
    const table = adversarialTable(robustReport());
    assert.deepEqual(
      table?.columns.map(({ head }) => head),
      ['clean Recall@1 %', 'adversary wins %', 'robust accuracy %', 'MRR %', 'AP %', 'paraphrases first %'],
    );
    assert.deepEqual(cellsOf(table, 'e5'), ['69.86', '33.0', '47.0', '57.0', '45.0*', '70.0*']);
    assert.deepEqual(cellsOf(table, BEST), ['73.22*', '36.4', '43.6', '53.6', '45.0*', '70.0*']);
  });

  it('has the win rate by language, lower being better', () => {
    const table = winRateTable(robustReport());
    assert.deepEqual(
      table?.columns.map(({ head }) => head),
      ['en', 'de', 'ja', 'average'],
    );
    assert.deepEqual(cellsOf(table, 'e5 + mini, α = 0.1, n = 3'), ['7.0*', '28.1*', '34.1*', '31.1*']);
  });

  it('has the loss through each perturbation, and the first hits that change', () => {
    assert.deepEqual(cellsOf(lossTable(robustReport(), 'recall@1'), 'e5'), ['69.86', '−5.00*']);
    assert.deepEqual(cellsOf(lossTable(robustReport(), 'r@2kt'), 'e5').slice(1), ['−2.0*']);
    assert.deepEqual(cellsOf(flipTable(robustReport()), 'e5'), ['21.0*']);
  });

  it('prints - for arms that were not measured', () => {
    const data = robustReport();
    data.robustness!.pawsx!.arms.splice(1, 1);
    assert.deepEqual(
      cellsOf(adversarialTable(data), 'e5 + mini, α = 0.01, n = 3').slice(1),
      Array(5).fill('-'),
    );
    assert.doesNotThrow(() => renderHtml(data));
  });

  it('is drawn: every arm, and the win rate of the best by language', () => {
    const data = robustReport();
    const [group] = groupArms(data.arms);
    const clean = cleanAdversarialPlot(group!, data.robustness!.pawsx!, 'recall@1', 'p');
    assert.match(clean!.svg, /e5: Recall@1 69\.86, adversary wins 33\.0 %; e5 \+ mini, α = 0\.01/);
    assert.equal(clean!.svg.match(/<title>/g)?.length, data.arms.length, 'a tip for every arm');
    const wins = winRatePlot(group!, data.robustness!.pawsx!, 'recall@1', 'p');
    assert.match(wins!.svg, /Japanese, encoder alone: 36\.0 %; Japanese, xQG: 39\.4 %/);
  });

  it('is drawn with its intervals, where there are any', () => {
    const data = robustReport();
    const [group] = groupArms(data.arms);
    const pawsx = data.robustness!.pawsx!;
    const statistics: StatisticsData = {
      ...{ level: 0.05, correction: 'holm', tests: ['paired-t'], resamples: 100, permutations: 100 },
      ...{ leftOut: {}, comparisons: [], beaten: [] },
      intervals: [
        {
          ...{ arm: 'e5', metric: 'pawsx.winRate', all: { low: 0.284, high: 0.376 } },
          byLanguage: { ja: { low: 0.3, high: 0.42 } },
        },
      ],
    };
    const bare = cleanAdversarialPlot(group!, pawsx, 'recall@1', 'p')!;
    const clean = cleanAdversarialPlot(group!, pawsx, 'recall@1', 'p', statistics)!;
    assert.match(clean.svg, /e5: Recall@1 69\.86, adversary wins 33\.0 % \[28\.40, 37\.60\]/);
    assert.ok(strokes(clean.svg) > strokes(bare.svg), 'whiskers');
    const wins = winRatePlot(group!, pawsx, 'recall@1', 'p', statistics)!;
    assert.match(wins.svg, /Japanese, encoder alone: 36\.0 % \[30\.00, 42\.00\]; Japanese, xQG: 39\.4 %;/);
    assert.ok(strokes(wins.svg) > strokes(winRatePlot(group!, pawsx, 'recall@1', 'p')!.svg), 'whiskers');
  });

  it('stands in every form of the report, and nowhere when it was not measured', () => {
    for (const render of [renderHtml, renderMarkdown, renderTable]) {
      assert.match(render(robustReport()), /clean against adversarial/i);
      assert.doesNotMatch(render(demoReport()), /adversar/i);
    }
    assert.match(renderTable(robustReport()), /typos, 10 %/);
  });
});
