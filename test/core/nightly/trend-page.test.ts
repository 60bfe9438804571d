import assert from 'node:assert/strict';
import { expandArms } from '../../../core/config/expand-arms.js';
import type { NightlyDocument, NightRecord } from '../../../core/nightly/records.js';
import { renderTrendPage } from '../../../core/nightly/trend-page.js';
import { ArmRecordSchema } from '../../../core/stages/run-document.js';
import { madeUpExperiment } from '../statistics/made-up-run.js';

const experiment = madeUpExperiment();
const schedule: NightlyDocument = {
  name: 'bench',
  createdAt: '2026-11-23T12:00:00.000Z',
  experimentFile: 'bench.yaml',
  experiment,
  arms: ArmRecordSchema.array().parse(expandArms(experiment)),
  exported: [],
  baseline: 'last-good',
  gates: ['pawsx.winRate <= baseline + 1'],
  webhookAlways: false,
  timeLimitMinutes: 60,
};

function night(day: number, metrics: Record<string, number>): NightRecord {
  return {
    runId: `bench-202611${day}-020000`,
    startedAt: `2026-11-${day}T02:00:00.000Z`,
    endedAt: `2026-11-${day}T02:10:00.000Z`,
    seconds: 600,
    workSeconds: 500,
    verdict: 'good',
    gates: [],
    metrics: { e5: metrics },
    models: {},
    xqgVersion: '0.2.0',
  };
}

describe('the trend page', () => {
  it("plots the adversary's win rate, in percent, where nights have one", () => {
    const page = renderTrendPage(schedule, [
      night(23, { 'recall@1': 0.5 }),
      night(24, { 'recall@1': 0.5, 'pawsx.winRate': 0.3125 }),
    ]);
    assert.match(page, /<figcaption>Adversary(?:'|&#39;|&#x27;)s win rate<\/figcaption>/);
    assert.match(page, /e5, bench-20261124-020000: 31\.25/);
  });

  it('has no such plot where none has', () => {
    assert.doesNotMatch(renderTrendPage(schedule, [night(24, { 'recall@1': 0.5 })]), /win rate</);
  });
});
