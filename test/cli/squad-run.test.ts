import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { findTemporalCli } from '../../infra/temporal-cli.js';
import type { ReportData } from '../../core/report/report-data.js';
import { goldenModel, suiteFolder, xqgDone } from './xqg.js';

const qa = (id: string, question: string, answer: string) => ({ id, question, answers: [{ text: answer }] });
const english = [
  { context: 'Helsinki is the capital of Finland.', qas: [qa('a', 'What is the capital?', 'Helsinki')] },
  { context: 'The Danube flows to the Black Sea.', qas: [qa('b', 'Where does it flow?', 'Black Sea')] },
  { context: 'The Danube flows to the Black Sea.', qas: [qa('c', 'Which river?', 'Danube')] },
];
const finnish = [
  { context: 'Helsinki on pääkaupunki.', qas: [qa('a', 'Mikä on pääkaupunki?', 'Helsinki')] },
  { context: 'Tonava laskee Mustaanmereen.', qas: [qa('b', 'Minne se laskee?', 'Mustaanmereen')] },
];
const squad = (paragraphs: object[]) => JSON.stringify({ data: [{ title: 'A_B', paragraphs }] });

/** English paragraphs for the questions of two languages, judged by the question files themselves. */
describe('a run on SQuAD files', function () {
  this.timeout('5m');
  const { path } = suiteFolder();

  before(async function () {
    this.timeout('20m');
    await findTemporalCli();
    await writeFile(path('set.en.json'), squad(english));
    await writeFile(path('set.fi.json'), squad(finnish));
    const experiment = {
      name: 'squad',
      corpus: { files: 'set.en.json' },
      queries: { files: 'set.*.json', answersFrom: 'set.en.json' },
      qrels: ['set.en.json', { path: 'set.fi.json' }],
      encoders: { bert: { model: goldenModel.encoder } },
      arms: [{ encoder: 'bert' }],
      evaluate: { metrics: ['recall@2', 'r@2kt'], punkt: 'punkt' },
      published: [
        {
          source: 'paper',
          arm: { encoder: 'bert' },
          metric: 'recall@2',
          average: 99,
          byLanguage: { fi: 50 },
        },
      ],
    };
    await writeFile(path('squad.yaml'), stringify(experiment));
    await mkdir(path('punkt'));
    for (const name of ['abbrev_types.txt', 'collocations.tab', 'sent_starters.txt', 'ortho_context.tab'])
      await writeFile(path(`punkt/${name}`), '');
  });

  it('measures every language against the English paragraphs, and prints what was published', async () => {
    const args = ['run', 'squad.yaml', '--embedded', '--store', 'store', '--run-id', 'squad'];
    const { stdout } = await xqgDone([...args, '--processes', '1', '--threads', '1'], { cwd: path() });
    const report = JSON.parse(await readFile(path('store/runs/squad/report.json'), 'utf8')) as ReportData;
    assert.equal(report.passages, 2);
    assert.deepEqual(report.queries, { all: 5, byLanguage: { en: 3, fi: 2 } });
    // Of two passages both are among the first two, and so are their answers in English.
    assert.deepEqual(report.arms[0]?.results, {
      'recall@2': { all: 1, byLanguage: { en: 1, fi: 1 } },
      'r@2kt': { all: 100, byLanguage: { en: 100, fi: 100 } },
    });
    assert.deepEqual(report.quarantined, []);
    assert.deepEqual(report.published, [
      { source: 'paper', arm: 'bert', metric: 'recall@2', average: 0.99, byLanguage: { fi: 0.5 } },
    ]);
    assert.match(
      stdout,
      /bert, Recall@2, paper: measured 100\.00, published 99\.00 on average \(\+1\.00\)\. By language, the largest\sdifference is fi \+50\.00\./,
    );
  });
});
