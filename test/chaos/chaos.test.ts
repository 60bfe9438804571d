import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTemporalCli } from '../../infra/temporal-cli.js';
import type { Fault } from './fault.js';
import { damages } from './faults/damage.js';
import { modelKilled } from './faults/model-killed.js';
import { s3Faults } from './faults/s3-faults.js';
import { temporalKilled } from './faults/temporal-killed.js';
import { workerDrained } from './faults/worker-drained.js';
import { workerKilled } from './faults/worker-killed.js';
import { drawRun } from './programme.js';
import { runSuite } from './suite.js';
import { renderOutcome } from './table.js';

const SEED = 'short form 1';

/** A handful of what `make chaos` injects, into one run of a smaller corpus. */
const faults: readonly Fault[] = [
  workerKilled,
  modelKilled,
  temporalKilled,
  ...s3Faults.filter(({ name }) => /away|503|short/.test(name)),
  ...damages.slice(0, 1),
  workerDrained,
];

describe('chaos, in short', function () {
  this.timeout('10m');
  let folder: string;

  before(async function () {
    this.timeout('20m');
    await findTemporalCli();
    folder = await mkdtemp(join(tmpdir(), 'xqg-chaos-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('a run survives faults of many kinds, with the bytes of an undisturbed run and nothing computed twice', async () => {
    const lines: string[] = [];
    const outcome = await runSuite({
      folder,
      seed: SEED,
      faults,
      passages: 32,
      plan: (random, able, nodes) => [drawRun(random, able, nodes)],
      durations: { s3AwaySeconds: 4, badTimeSeconds: 4 },
      note: (line) => lines.push(line),
    });
    console.log(renderOutcome(outcome).trim().replace(/^/gm, '      '));
    assert.equal(outcome.lost, 0, lines.join('\n'));
    assert.ok(outcome.injected >= faults.length - 2, lines.join('\n'));
  });
});
