import assert from 'node:assert/strict';
import { renderHtml } from '../../../core/report/html.js';
import type { ReportData } from '../../../core/report/report-data.js';
import { SORT_SCRIPT, SORT_SCRIPT_HASH } from '../../../core/report/sort-script.js';
import { demoReport } from './demo-fixture.js';

const ATTACK = `<script>alert(1)</script>"><img src=x onerror='alert(2)'>`;

/** The page without the script that sorts tables, which has to be in it exactly once. */
function withoutOwnScript(page: string): string {
  const pieces = page.split(`<script>${SORT_SCRIPT}</script>`);
  assert.equal(pieces.length, 2);
  assert.ok(page.includes(`script-src &#39;${SORT_SCRIPT_HASH}&#39;`));
  return pieces.join('');
}

describe('renderHtml', () => {
  it('gives the same bytes for the same data', () => {
    assert.equal(renderHtml(demoReport()), renderHtml(demoReport()));
  });

  it('loads nothing, and has no script but the one that its policy names by its hash', () => {
    const page = withoutOwnScript(renderHtml(demoReport()));
    assert.doesNotMatch(page, /https?:\/\//);
    assert.doesNotMatch(page, /<script|<link|<img|<iframe|@import|url\((?!#)/);
    assert.match(page, /default-src &#39;none&#39;/);
  });

  it('escapes every text it is given', () => {
    const page = withoutOwnScript(renderHtml(withTextEverywhere(demoReport(), ATTACK)));
    assert.doesNotMatch(page, /<script|<img/);
    assert.ok(page.split('&lt;script&gt;alert(1)&lt;/script&gt;').length > 15);
  });

  it('marks the best of each column, not by colour alone', () => {
    const page = renderHtml(demoReport());
    assert.match(
      page,
      /<strong>73\.22<\/strong\s*><span class="star" role="img" aria-label="best">★<\/span\s*>/,
    );
    assert.match(page, /<td class="average">69\.86<\/td>/);
  });

  it('prints - for absent figures', () => {
    const data = demoReport();
    data.arms[1]!.results['recall@1'] = { all: null, byLanguage: {} };
    const row =
      /α\u00a0=\u00a00\.01, n\u00a0=\u00a03<\/span>[\s\S]*?<\/tr>/.exec(renderHtml(data))?.[0] ?? '';
    assert.equal(row.match(/<td class="[^"]*">-<\/td>/g)?.length, data.languages.length + 2);
  });

  it('has no duplicate ids', () => {
    const ids = [...renderHtml(demoReport()).matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    assert.deepEqual(ids, [...new Set(ids)]);
  });

  it('reports models, data, options, durations and the command', () => {
    const page = renderHtml(demoReport());
    for (const text of [
      'a'.repeat(64),
      'c'.repeat(64),
      'perLanguage: 3',
      '1 min 36 s',
      'reused',
      'npx xqg run examples/demo.yaml --embedded',
      'onnxruntime 1.30.0',
    ]) {
      assert.ok(page.includes(text), text);
    }
  });

  it('warns of failed shards and of records set aside', () => {
    const data = demoReport();
    data.lineage.stages[4]!.failedShards = 2;
    data.quarantined = [{ source: 'passages.jsonl', records: 3, uri: 'bad.jsonl' }];
    const page = renderHtml(data);
    assert.match(page, /2 shards failed/);
    assert.match(page, /3 records of passages\.jsonl set aside as bad input/);
  });

  it('lists what models fail at, and warns of it', () => {
    const data = demoReport();
    data.leftOut = [
      { stage: 'encode.corpus.e5', shard: 3, id: 'xquad-7', reason: 'the model process ended by SIGSEGV' },
      {
        stage: 'accumulate.mini.e5',
        shard: 0,
        id: 'xquad-1',
        question: { lang: 'ar', index: 2 },
        reason: 'late',
      },
    ];
    const page = renderHtml(data).replaceAll(/\s+/g, ' ');
    assert.match(
      page,
      /2 passages, queries or questions left out,<\/strong ?> because a model fails at them/,
    );
    assert.match(page, /xquad-7<\/td> <td>-<\/td> <td>the model process ended by SIGSEGV<\/td>/);
    assert.match(page, /xquad-1<\/td> <td>ar 2<\/td> <td>late<\/td>/);
    assert.doesNotMatch(renderHtml(demoReport()), /id="left-out"/);
  });

  it('says what an import left out and did not find', () => {
    const data = demoReport();
    data.questions[0]!.imported = {
      read: 1200,
      imported: 1100,
      surplus: 60,
      gaps: { pairs: 3, missingQuestions: 5 },
      badByKind: { malformed: 0, unknownDocId: 40 },
    };
    const page = renderHtml(data);
    assert.match(page, /Imported: 1,100 of 1,200 records\. More than were asked for, left out: 60\./);
    assert.match(
      page,
      /Missing: 5 questions of 3 pairs of passage and language\. Set aside: unknown docId: 40\./,
    );
  });

  it('leaves out the plots and the questions that an experiment lacks', () => {
    const data = { ...demoReport(), questions: [] };
    data.arms = data.arms.slice(0, 1);
    const page = renderHtml(data);
    assert.doesNotMatch(page, /id="plots"|id="questions"|href="#plots"|<svg/);
    assert.match(page, /No arm with xQG has a figure/);
  });

  it('marks the language and lets the direction of questions follow their script', () => {
    assert.match(renderHtml(demoReport()), /<span lang="ar" dir="auto"\s*>كم عدد/);
  });
});

function withTextEverywhere(data: ReportData, text: string): ReportData {
  const language = data.languages[0]!;
  for (const result of data.arms) {
    result.arm.label += text;
    result.arm.encoder += text;
    for (const metric of Object.values(result.results))
      metric.byLanguage[text] = metric.byLanguage[language]!;
    if (result.arm.augmentation) result.arm.augmentation.languages = [text, 'ru'];
  }
  const [set] = data.questions;
  set!.name = text;
  set!.report[text] = { questions: 1 };
  set!.examples = [{ docId: text, title: text, text, questions: [{ lang: text, text }] }];
  data.lineage.stages[0]!.name = text;
  data.lineage.models[0]!.uri = text;
  data.lineage.data[0]!.uri = text;
  data.lineage.options = { [text]: text };
  data.lineage.versions[text] = text;
  return {
    ...data,
    title: text,
    description: text,
    experimentName: text,
    runId: text,
    createdAt: text,
    command: text,
    languages: [...data.languages, text],
    quarantined: [{ source: text, records: 1, uri: text }],
  };
}
