import assert from 'node:assert/strict';
import { kindOf } from '../../../core/report/arm-groups.js';
import type { ArmResult, ReportData } from '../../../core/report/report-data.js';
import { compareGroups, summarize } from '../../../core/report/summary.js';
import { demoReport } from './demo-fixture.js';

describe('summary', () => {
  it('says that a control explains most of the gain', () => {
    const [text] = summarize(demoReport());
    assert.match(text!, /xQG \(α = 0\.03, n = 3, 7 languages\) reaches Recall@1 73\.22 % against 69\.86 %/);
    assert.match(text!, /Most of this is a shift of the whole space: the best control \(mean, α = 0\.03/);
    assert.match(text!, /alone gives \+2\.77, 82 % of the gain; the content of the questions adds \+0\.59/);
  });

  it('says that the content makes the gain when no control gains', () => {
    const data = setAverages(demoReport(), (result) => (isControl(result) ? 0.69 : undefined));
    assert.match(summarize(data)[0]!, /Even the best control .* gains nothing \(−0\.86\)/);
  });

  it('says that a gain is no evidence when a control does as well', () => {
    const data = setAverages(demoReport(), (result) => (isControl(result) ? 0.74 : undefined));
    assert.match(summarize(data)[0]!, /no evidence that the content of the questions helps/);
  });

  it('says that no xQG arm beats the encoder alone', () => {
    const data = setAverages(demoReport(), (result) => (kindOf(result) === 'xqg' ? 0.6 : undefined));
    assert.match(summarize(data)[0]!, /no xQG arm beats the encoder alone; .* −9\.86 points/);
  });

  it('says that the gain is unexplained without controls', () => {
    const data = { ...demoReport(), arms: demoReport().arms.filter((result) => !isControl(result)) };
    assert.match(summarize(data)[0]!, /No control arm was run, so what this gain is made of is unknown/);
  });

  it('says that the gain is unknown without the encoder alone', () => {
    const data = { ...demoReport(), arms: demoReport().arms.filter((result) => kindOf(result) !== 'alone') };
    assert.match(summarize(data)[0]!, /without an arm of the encoder alone its gain is unknown/);
  });

  it('names the query languages that lose', () => {
    const data = demoReport();
    for (const result of data.arms) {
      if (kindOf(result) === 'xqg') result.results['recall@1']!.byLanguage.th = 0.1;
    }
    assert.match(
      compareGroups(data)[0]!.details.join(' '),
      /Arabic \(\+7\.06\) gains most; Thai \(−50\.08\) loses/,
    );
  });

  it('warns that the best of many arms is picked on the same queries', () => {
    assert.match(summarize(demoReport()).at(-1)!, /picked from 14 xQG arms on these same queries/);
  });

  it('compares each encoder with itself', () => {
    const data = demoReport();
    const second = structuredClone(data.arms.slice(0, 4));
    for (const { arm } of second) {
      arm.encoder = 'mbert';
      arm.id = `mbert-${arm.id}`;
    }
    data.arms.push(...second);
    assert.deepEqual(
      compareGroups(data).map((comparison) => [comparison.label, comparison.baseline?.arm.encoder]),
      [
        ['e5 + mini', 'e5'],
        ['mbert + mini', 'mbert'],
      ],
    );
  });

  it('says so when no arm has a figure', () => {
    const data = setAverages(demoReport(), () => null);
    assert.deepEqual(summarize(data), ['No arm has a figure for Recall@1.']);
  });
});

function isControl(result: ArmResult): boolean {
  return result.arm.augmentation?.control !== undefined;
}

/** Sets the primary metric's average of the arms for which `value` is not undefined. */
function setAverages(data: ReportData, value: (result: ArmResult) => number | null | undefined): ReportData {
  for (const result of data.arms) {
    const average = value(result);
    if (average !== undefined) result.results[data.primaryMetric]!.all = average;
  }
  return data;
}
