import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { PawsxRow } from '../../../core/datasets/pawsx.js';
import { pawsxRobustness, type PawsxResult } from '../../../core/evaluation/pawsx.js';
import type { Encoder } from '../../../core/models/encoder.js';
import { openOnnxEncoder } from '../../../core/models/onnx-encoder.js';
import { projectRoot } from '../../../core/project-root.js';

const ROWS = 40;

function demoRows(language: string): PawsxRow[] {
  const path = join(projectRoot(), `examples/data/pawsx/dev-${language}.tsv.gz`);
  const lines = gunzipSync(readFileSync(path)).toString('utf8').split('\n').slice(0, ROWS);
  return lines.map((line, i) => {
    const [sentence1, sentence2, label] = line.split('\t') as [string, string, string];
    return { id: String(i + 1), sentence1, sentence2, label: label === '1' ? 1 : 0, translated: true };
  });
}

describe('robustness on PAWS-X', () => {
  let encoder: Encoder;
  before(async () => {
    encoder = await openOnnxEncoder(join(projectRoot(), 'models/multilingual-e5-small-q4'), {
      maxQueryTokens: 64,
      threads: 1,
    });
  });
  after(() => encoder.close());

  it('has the figures that Python finds with the same model', async () => {
    const expected = JSON.parse(
      readFileSync(join(projectRoot(), 'test/golden/evaluation/pawsx.json'), 'utf8'),
    ) as Record<string, PawsxResult>;
    const languages = Object.keys(expected);
    const rows = new Map(languages.map((language) => [language, demoRows(language)]));
    const results = await pawsxRobustness(encoder, rows, languages);
    for (const language of languages) {
      const { pairs, crossPairs } = results.get(language)!;
      const wanted = expected[language]!;
      const close = (found: number | null, value: number | null, within: number) =>
        assert.ok(Math.abs(found! - value!) < within, `${language}: ${found} instead of ${value}`);
      // Batches with padding move a cosine by up to 1e-5, which may swap two pairs.
      close(pairs.ap, wanted.pairs.ap, 0.005);
      close(crossPairs.ap, wanted.crossPairs.ap, 0.005);
      for (const corpus of ['adversarial', 'asPassages'] as const) {
        const found = results.get(language)![corpus];
        const { ap, meanMargin, ...exact } = wanted[corpus];
        close(found.ap, ap, 0.005);
        close(found.meanMargin, meanMargin, 1e-4);
        close(found.mrr, exact.mrr, 1e-9);
        close(found.winRate, exact.winRate, 1e-9);
        close(found.robustAccuracy, exact.robustAccuracy, 1e-9);
        close(found.paraphrases.accuracy, exact.paraphrases.accuracy, 1e-9);
        close(found.paraphrases.mrr, exact.paraphrases.mrr, 1e-9);
        assert.deepEqual([found.rows, found.paraphrases.rows], [exact.rows, exact.paraphrases.rows]);
      }
    }
  });

  it('puts rows together by id', async () => {
    const rows = new Map([
      ['en', demoRows('en').slice(0, 8)],
      ['de', demoRows('de').slice(2, 12).reverse()],
    ]);
    const { pairs, crossPairs } = (await pawsxRobustness(encoder, rows, ['de'])).get('de')!;
    assert.equal(pairs.rows, 10);
    assert.equal(crossPairs.rows, 6);
  });

  it('needs the English rows', async () => {
    await assert.rejects(
      pawsxRobustness(encoder, new Map([['de', demoRows('de')]]), ['de']),
      /the English rows are missing/,
    );
  });
});
