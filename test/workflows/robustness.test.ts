import assert from 'node:assert/strict';
import { openOnnxEncoder } from '../../core/models/onnx-encoder.js';
import { join } from 'node:path';
import { pawsxRobustness } from '../../core/evaluation/pawsx.js';
import { readPawsx } from '../../core/datasets/pawsx.js';
import { projectRoot } from '../../core/project-root.js';
import { parseReportData, type ReportData } from '../../core/report/report-data.js';
import { closeNight } from '../../core/nightly/night.js';
import { nightlyKeys, type NightlyDocument } from '../../core/nightly/records.js';
import { readRunDocument, runKeys, writeJson } from '../../core/stages/run-document.js';
import { xqgDone } from '../cli/xqg.js';
import { RunBench } from './run-bench.js';

describe('robustness in a run', function () {
  this.timeout(180_000);
  let bench: Awaited<ReturnType<typeof RunBench.start>>;
  let run: Awaited<ReturnType<RunBench['createRun']>>;
  let report: ReportData;
  const claim = 'the adversary never wins again';
  const arm = { encoder: 'e5', questions: 'mini' };
  const compare = { arm, metric: 'pawsx.winRate', lessThan: -101 };
  const options = {
    questions: { perLanguage: 1, alpha: [0.03] },
    robustness: true,
    claims: [{ claim, compare, test: 'none', required: true }],
  };
  before(async function () {
    this.timeout(1_200_000);
    bench = await RunBench.start();
    run = await bench.createRun(options);
    await bench.complete(run);
    const bytes = await run.store.get(runKeys.result(run.runId, 'report.json'));
    report = parseReportData(JSON.parse(new TextDecoder().decode(bytes)), 'the run');
  });
  after(() => bench.stop());

  it('measures every arm in every language', () => {
    const { languages, arms, encoders, sentences } = report.robustness?.pawsx ?? assert.fail();
    assert.deepEqual(languages, ['en', 'de']);
    assert.equal(sentences, 10);
    assert.deepEqual(
      arms.map(({ arm }) => arm),
      report.arms.map(({ arm }) => arm.id),
    );
    for (const { byLanguage } of arms)
      for (const language of languages) {
        const { rows, paraphrases } = byLanguage[language] ?? assert.fail();
        assert.equal(rows + paraphrases.rows, 5);
      }
    assert.equal(encoders[0]?.byLanguage['de']?.crossPairs.rows, 5);
  });

  it("has the single step's figures for the encoder alone", async () => {
    const folder = join(projectRoot(), 'examples/data/pawsx');
    const rows = new Map(
      [...(await readPawsx(folder, ['en', 'de']))].map(([language, all]) => [language, all.slice(0, 5)]),
    );
    const encoder = await openOnnxEncoder(join(projectRoot(), 'models/multilingual-e5-small-q4'), {
      ...{ threads: 1, maxQueryTokens: 64 },
    });
    const expected = await pawsxRobustness(encoder, rows, ['en', 'de']);
    await encoder.close();
    const { arms, encoders } = report.robustness?.pawsx ?? assert.fail();
    const alone = arms.find(({ arm }) => arm === 'e5') ?? assert.fail();
    for (const [language, { asPassages, pairs }] of expected) {
      const found = alone.byLanguage[language] ?? assert.fail();
      assert.equal(found.winRate, asPassages.winRate);
      assert.equal(found.mrr, asPassages.mrr);
      assert.deepEqual(found.paraphrases, asPassages.paraphrases);
      assert.ok(Math.abs((found.meanMargin ?? NaN) - (asPassages.meanMargin ?? NaN)) < 1e-5);
      assert.equal(encoders[0]?.byLanguage[language]?.pairs.maxAp, pairs.maxAp);
    }
  });

  it('compares perturbed queries with the same queries as they were', () => {
    const perturbations = report.robustness?.perturbations ?? [];
    assert.deepEqual(
      perturbations.map(({ name }) => name),
      ['typo-0.3', 'case-0.3', 'deletion-0.3'],
    );
    const [typo, casing, deletion] = perturbations;
    assert.deepEqual([casing?.queries, deletion?.queries], [typo?.queries, typo?.queries]);
    assert.ok(typo && typo.queries >= 2 && typo.queries < report.queries.all);
    assert.equal(typo.changed, typo.queries);
    for (const { clean, perturbed, flips } of typo.arms) {
      assert.deepEqual(Object.keys(clean).sort(), report.metrics.toSorted());
      assert.deepEqual(Object.keys(perturbed).sort(), report.metrics.toSorted());
      assert.ok(flips.all !== null && flips.all >= 0 && flips.all <= 1);
    }
  });

  it("compares arms by the outcomes of PAWS-X's pairs", () => {
    const winRate = (id: string) =>
      report.robustness?.pawsx?.arms.find(({ arm }) => arm === id)?.all.winRate ?? assert.fail();
    const compared = report.statistics?.comparisons.find(
      ({ metric, role, over }) => metric === 'pawsx.winRate' && role === 'baseline' && over === 'all',
    );
    assert.equal(compared?.estimate, winRate(compared?.arm ?? '') - winRate('e5'));
    assert.deepEqual(
      report.claims?.map(({ outcome, metric }) => [outcome, metric]),
      [['fails', 'pawsx.winRate']],
    );
  });

  it('lets any two arms be compared by them on the command line', async () => {
    const arms = report.arms.filter(({ arm }) => arm.id === 'e5' || arm.augmentation?.control === undefined);
    const augmented = arms.find(({ arm }) => arm.augmentation !== undefined)?.arm.id ?? assert.fail();
    const flags = ['--metric', 'pawsx.winRate', '--store', run.storeUri, '--json'];
    const { stdout } = await xqgDone([
      'significance',
      `${run.runId}:${augmented}`,
      `${run.runId}:e5`,
      ...flags,
    ]);
    const { all } = JSON.parse(stdout) as { all: { estimate: number } };
    const compared = report.statistics?.comparisons.find(
      ({ metric, arm, over }) => metric === 'pawsx.winRate' && arm === augmented && over === 'all',
    );
    assert.equal(all.estimate, compared?.estimate);
  });

  it('makes a night: held to gates on PAWS-X, worse where a required claim fails', async () => {
    const { experimentFile, experiment, arms, exported } = await readRunDocument(run.store, run.runId);
    const nightly: NightlyDocument = {
      ...{ name: 'bench', createdAt: new Date().toISOString(), experimentFile, experiment, arms, exported },
      ...{ baseline: run.runId, gates: ['e5: pawsx.winRate <= baseline + 1'] },
      ...{ webhookAlways: false, timeLimitMinutes: 60 },
    };
    await writeJson(run.store, nightlyKeys.document('bench'), nightly);
    const night = await closeNight(run.store, 'bench', { runId: run.runId, startedAt: nightly.createdAt });
    assert.deepEqual([night.verdict, night.message], ['worse', `a required claim fails: ${claim}`]);
    const { all } = report.robustness?.pawsx?.arms.find(({ arm }) => arm === 'e5') ?? assert.fail();
    assert.equal(night.metrics['e5']?.['pawsx.winRate'], all.winRate);
    const [gate] = night.gates;
    assert.deepEqual([gate?.verdict, gate?.difference, gate?.queries], ['holds', 0, all.rows]);
    const trend = new TextDecoder().decode(await run.store.get(nightlyKeys.trend('bench')));
    assert.match(trend, /win rate/);
  });

  it('is found again by the next run', async () => {
    const again = await bench.createRun(options, run.storeUri);
    const attempts = await bench.attemptsDuring(() => bench.complete(again));
    assert.deepEqual(attempts, []);
  });
});
