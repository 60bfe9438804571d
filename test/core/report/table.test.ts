import assert from 'node:assert/strict';
import { renderMarkdown } from '../../../core/report/markdown.js';
import { renderTable } from '../../../core/report/table.js';
import { demoReport } from './demo-fixture.js';

describe('renderTable', () => {
  it('has a row an arm and a column a language for each metric, the average last', () => {
    const tables = renderTable(demoReport()).split('\n\n');
    assert.deepEqual(
      tables.slice(0, 5).map((table) => table.split(/[ ;]/)[0]),
      ['Recall@1', 'Recall@10', 'MRR@10', 'nDCG@10', 'R@2kt'],
    );
    const lines = tables[0]!.split('\n');
    assert.equal(lines.length, 2 + demoReport().arms.length);
    assert.match(lines[1]!, /^ arm +en +ar +ru +de +es +hi +th +average$/);
    assert.match(lines[2]!, /^ e5 +85\.88 +50\.00 +68\.49 +75\.97 +80\.34 +68\.24 +60\.08 +69\.86$/);
  });

  it('marks the best of each column, equal ones alike', () => {
    const lines = renderTable(demoReport()).split('\n');
    const row = (label: string) => lines.find((line) => line.startsWith(` e5 + mini, ${label} `));
    assert.match(row('α = 0.03, n = 3')!, / 85\.98\* 57\.06\* .* 73\.22\*$/);
    assert.match(row('α = 0.03, n = 2')!, / 85\.98\* 56\.66 /);
  });

  it('prints bold only where it is asked for', () => {
    assert.ok(renderTable(demoReport(), { color: true }).includes('\u001B[1m73.22*\u001B[22m'));
    assert.ok(!renderTable(demoReport()).includes('\u001B'));
  });

  it('prints - for absent figures', () => {
    const data = demoReport();
    data.arms[0]!.results = {};
    assert.match(renderTable(data), /^ e5( +-){8}$/m);
  });

  for (const width of [100, 72, 40]) {
    it(`fits ${width} columns`, () => {
      const lines = renderTable(demoReport(), { width }).split('\n');
      assert.deepEqual(
        lines.filter((line) => [...line].length > width),
        [],
      );
      assert.ok(lines.some((line) => /73\.22\*/.test(line)));
    });
  }

  it('ends with the summary in words', () => {
    assert.match(renderTable(demoReport(), { width: 80 }), /Most of this is a shift of the whole\sspace/);
  });

  it('keeps control characters from the terminal', () => {
    const data = demoReport();
    data.arms[0]!.arm.label = 'e5\u001B]0;title\u0007';
    const text = renderTable(data);
    assert.ok(!text.includes('\u001B') && !text.includes('\u0007'));
  });
});

describe('renderMarkdown', () => {
  it('has a table for each metric with the best in bold', () => {
    const text = renderMarkdown(demoReport());
    assert.match(
      text,
      /^## Recall@1 \(%\)\n\n\| arm \| en \| ar \| ru \| de \| es \| hi \| th \| average \|$/m,
    );
    assert.match(text, /^\| e5 \+ mini, α = 0\.03, n = 3 \| \*\*85\.98\*\* \|.* \| \*\*73\.22\*\* \|$/m);
    assert.equal(text.match(/^## /gm)?.length, 5);
  });

  it('escapes markup in labels', () => {
    const data = demoReport();
    data.arms[0]!.arm.label = 'a|b <b>*c*';
    assert.match(renderMarkdown(data), /^\| a\\\|b &lt;b>\\\*c\\\* \|/m);
  });
});
