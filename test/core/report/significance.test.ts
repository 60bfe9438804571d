import assert from 'node:assert/strict';
import { gainSplits } from '../../../core/report/gain-splits.js';
import { renderHtml } from '../../../core/report/html.js';
import { renderMarkdown } from '../../../core/report/markdown.js';
import { parseReportData, type ReportData } from '../../../core/report/report-data.js';
import { armLetter, formatP, marksOf } from '../../../core/report/significance.js';
import { renderTable } from '../../../core/report/table.js';
import { testedReport } from './tested-report.js';

describe('significance in reports', () => {
  let data: ReportData;
  before(async () => {
    data = await testedReport();
  });

  it('reads back what was written as JSON', () => {
    assert.deepEqual(parseReportData(JSON.parse(JSON.stringify(data)), 'report.json'), data);
  });

  it('gives each arm a letter, beyond z too', () => {
    assert.deepEqual([0, 25, 26, 27, 52].map(armLetter), ['a', 'z', 'aa', 'ab', 'ba']);
  });

  it('marks an arm by the letters of those that it beats, ranges drawn together', () => {
    const best = data.arms.findIndex(({ arm }) => arm.id === 'e5+mini-a0.03-n3');
    const beaten = data.statistics!.beaten.find(
      ({ arm, over, metric }) => arm === 'e5+mini-a0.03-n3' && over === 'all' && metric === 'recall@1',
    )!;
    const marks = marksOf(data, 'recall@1', 'all', beaten.arm);
    assert.ok(marks.startsWith('a'), marks);
    assert.ok(!marks.split(/[,–]/).includes(armLetter(best)));
    const some = structuredClone(data);
    some.statistics!.beaten = [{ ...beaten, beats: [0, 1, 2, 4, 6].map((i) => some.arms[i]!.arm.id) }];
    assert.equal(marksOf(some, 'recall@1', 'all', beaten.arm), 'a–c,e,g');
    assert.equal(marksOf(some, 'mrr@10', 'all', beaten.arm), '');
  });

  it('prints letters, marks, gains with intervals, splits and claims on the terminal', () => {
    const text = renderTable(data);
    assert.match(text, /^ arm +ar +en +ja +average +beats +gain$/m);
    assert.match(text, /^ d e5 \+ mini, α = 0\.03, n = 2 .* \+\d+\.\d\d \[[+−]\d+\.\d\d, \+\d+\.\d\d\]$/m);
    assert.match(text, /^ arm +control +gain += shift +\+ content$/m);
    assert.match(text, /^HOLDS \(required\): xQG raises recall\n- Recall@1: \+/m);
    assert.match(text, /^FAILS: <b>every<\/b> language gains$/m);
    assert.match(text, /paired t-test, Holm, p < 0\.05/);
    assert.doesNotMatch(text, /no test of significance/);
    assert.match(
      text.replaceAll('\n', ' '),
      /Query languages that have questions gain \+.* those without \+/,
    );
  });

  it('fits a narrow terminal', () => {
    const long = renderTable(data, { width: 72 })
      .split('\n')
      .filter((line) => [...line].length > 72);
    assert.deepEqual(long, []);
  });

  it('prints them as Markdown', () => {
    const text = renderMarkdown(data);
    assert.match(text, /^\| arm \| ar \| en \| ja \| average \| gain \|$/m);
    assert.match(text, /^\| <sup>[a-z]<\/sup> e5 \+ mini.*\*\*\d+\.\d\d\*\*<sup>a/m);
    assert.match(text, /^- \*\*holds\*\* \(required\): xQG raises recall\./m);
    assert.match(text, /&lt;b>every/);
    assert.match(text, /^\| e5 \+ mini, α = 0\.03, n = 3 \| \+\d.*\] \| \+\d.*\] \| en \|$/m);
  });

  it('prints them as HTML', () => {
    const page = renderHtml(data);
    for (const id of ['claims', 'splits']) assert.ok(page.includes(`<section id="${id}"`));
    assert.match(page, /<sup>a[^<]*<\/sup>/);
    assert.ok(page.includes('&lt;b&gt;every&lt;/b&gt;'));
  });

  it('splits a gain so that its parts add up', () => {
    const splits = gainSplits(data, 'recall@1');
    assert.deepEqual(
      splits.map(({ result, control }) => `${result.arm.id} ${control}`),
      ['e5+mini-a0.03-n3 mean', 'e5+mini-a0.03-n3 shuffled'],
    );
    for (const { gain, shift, content } of splits)
      assert.ok(Math.abs(gain.estimate! - shift.estimate! - content.estimate!) < 1e-12);
  });

  it('writes p-values as papers do', () => {
    assert.deepEqual(
      [0.5, 0.01234, 0.00042, 1e-9, null].map((p) => formatP(p)),
      ['p = 0.500', 'p = 0.012', 'p = 0.0004', 'p < 0.0001', ''],
    );
  });
});
