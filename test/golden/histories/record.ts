/**
 * Records the histories that test/workflows/replay.test.ts replays: of a run whose parallelism is changed, that is
 * paused, has its shards given back and one fail, and completes after a rerun; of a run that reuses everything; and of one that meets a damaged artifact.
 * Once recorded they stay: they stand for runs that are open while workers are replaced. After a change of the
 * workflows that is meant to end such runs, or that is guarded by `patched`, record new ones beside them:
 *
 *     make build && node dist/test/golden/histories/record.js NAME
 *
 * NAME becomes the folder below this one; it is the version of xqg that runs. Made with @temporalio/worker 1.24
 * and the development server of Temporal CLI 1.5.1.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runKeys } from '../../../core/stages/run-document.js';
import { damagePart } from '../../workflows/artifact-files.js';
import { Gate } from '../../workflows/gate.js';
import { fetchHistories, historiesFolder } from '../../workflows/histories.js';
import { RunBench } from '../../workflows/run-bench.js';

const [name] = process.argv.slice(2);
if (name === undefined) throw new Error('usage: record.js NAME');
const folder = join(historiesFolder, name);
const node = 'encode.corpus.e5';
const bench = await RunBench.start();

async function save(run: Parameters<typeof fetchHistories>[1], what: string, nodes: string[]): Promise<void> {
  for (const [of, recorded] of await fetchHistories(bench, run, nodes)) {
    const path = join(folder, `${of === 'experiment' ? of : 'stage'}-${what}.json`);
    await writeFile(path, `${JSON.stringify(recorded)}\n`);
  }
}

try {
  await mkdir(folder, { recursive: true });
  const rerun = await bench.createRun({
    run: { maxAttempts: 1, parallelism: { encode: 2 } },
    questions: { perLanguage: 1, alpha: [0.03] },
  });
  const gate = new Gate();
  bench.hook(node, 0, gate.hook);
  const mend = bench.hook(node, 1, () => Promise.reject(new Error('a fault, for the record')));
  await bench.startRun(rerun);
  await bench.until(rerun, node, ({ running }) => running > 0);
  await bench.client.setParallelism(rerun.runId, { encode: 3 });
  await bench.client.signal(rerun.runId, 'pause');
  await bench.until(rerun, node, ({ state }) => state === 'paused');
  while ((await rerun.store.head(runKeys.paused(rerun.runId))) === undefined) await delay(20);
  gate.open();
  await bench.until(rerun, node, ({ running }) => running === 0);
  await bench.client.signal(rerun.runId, 'resume');
  await bench.until(rerun, node, ({ state }) => state === 'waiting');
  mend();
  await bench.client.signal(rerun.runId, 'rerunFailed');
  await bench.result(rerun);
  await save(rerun, 'rerun', [node]);

  const reused = await bench.createRun({ questions: { perLanguage: 1, alpha: [0.03] } }, rerun.storeUri);
  await bench.complete(reused);
  await save(reused, 'reused', [node]);

  await damagePart(rerun.store, 'artifacts/encode/');
  const repaired = await bench.createRun({ questions: { perLanguage: 1, alpha: [0.05] } }, rerun.storeUri);
  await bench.complete(repaired);
  await save(repaired, 'repaired', ['search.e5']);

  const cancelled = await bench.createRun({});
  bench.hook(node, 0, new Gate().hook);
  await bench.startRun(cancelled);
  await bench.until(cancelled, node, ({ running }) => running > 0);
  await bench.client.cancel(cancelled.runId);
  await bench.result(cancelled).catch(() => undefined);
  await save(cancelled, 'cancelled', [node]);
} finally {
  await bench.stop();
}
