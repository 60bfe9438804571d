import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { readPawsx } from '../../core/datasets/pawsx.js';
import { pawsxRobustness } from '../../core/evaluation/pawsx.js';
import { openOnnxEncoder } from '../../core/models/onnx-encoder.js';
import { bundledModel, suiteFolder, xqgDone, xqgRefused } from './xqg.js';

const model = bundledModel.encoder;
const header = 'id\tsentence1\tsentence2\tlabel';
const pairs = (text: string): string =>
  [header, ...[0, 1, 2, 3].map((row) => `${row}\t${text} ${row}\t${row} ${text}\t${row % 2}`)].join('\n');

describe('xqg robustness', () => {
  const { path, names } = suiteFolder();
  const ask = (languages: string) => [
    ...['robustness', '--model', model, '--pawsx', '.', '--languages', languages],
    ...['--output', 'robustness.json'],
  ];
  before(async () => {
    await writeFile(path('en.tsv'), pairs('the cat sat on the mat'));
    await writeFile(path('dev-de.tsv'), pairs('die Katze saß auf der Matte'));
  });

  it('refuses a language that the folder lacks', async () => {
    assert.match(await xqgRefused(ask('de,ja'), { cwd: path() }), /expected ja\.tsv or \*-ja\.tsv/);
    assert.deepEqual(await names(), ['dev-de.tsv', 'en.tsv']);
  });

  it('writes the figures by language', async () => {
    const { stdout, stderr } = await xqgDone(ask('de'), { cwd: path() });
    assert.equal(stdout, '');
    assert.equal(stderr, 'robustness in de written to robustness.json\n');
    const encoder = await openOnnxEncoder(model, { threads: 1, maxQueryTokens: 64 });
    const expected = await pawsxRobustness(encoder, await readPawsx(path(), ['en', 'de']), ['de']);
    await encoder.close();
    const written = JSON.parse(await readFile(path('robustness.json'), 'utf8')) as {
      byLanguage: { de: { adversarial: { winRate: number; meanMargin: number } } };
    };
    const { de } = written.byLanguage;
    assert.equal(de.adversarial.winRate, expected.get('de')?.adversarial.winRate);
    const margin = expected.get('de')?.adversarial.meanMargin ?? NaN;
    assert.ok(Math.abs(de.adversarial.meanMargin - margin) < 1e-5);
  });
});
