import assert from 'node:assert/strict';
import { Gate } from './gate.js';
import { RunBench } from './run-bench.js';

describe('priority of runs', function () {
  this.timeout(120_000);
  let bench: Awaited<ReturnType<typeof RunBench.start>>;
  before(async function () {
    this.timeout(1_200_000);
    bench = await RunBench.start({ activitySlots: 1 });
  });
  after(() => bench.stop());

  it('gives a free worker to the run of the highest priority, whoever asked first', async () => {
    const run = { parallelism: { encode: 3 } };
    const batch = await bench.createRun({ run: { ...run, priority: 5 }, words: 20 });
    const nightly = await bench.createRun({ run: { ...run, priority: 1 }, words: 22 });
    const order: string[] = [];
    const gate = new Gate();
    for (const shard of [0, 1, 2]) {
      bench.hook('encode.corpus.e5', shard, async (ref, real) => {
        order.push(ref.runId === batch.runId ? 'batch' : 'nightly');
        if (ref.runId === batch.runId) await gate.hook(ref, () => Promise.resolve());
        return real();
      });
    }
    await bench.client.start(batch, 5);
    await bench.until(batch, 'encode.corpus.e5', ({ running }) => running === 3);
    // Running are those that the workflow has scheduled, whether a worker has one or not.
    await gate.reached;
    await bench.client.start(nightly, 1);
    await bench.until(nightly, 'encode.corpus.e5', ({ running }) => running === 3);
    gate.open();
    await Promise.all([bench.result(batch), bench.result(nightly)]);
    assert.equal(order[0], 'batch');
    // A task may be on its way to the worker when a more urgent one comes.
    const lastNightly = order.lastIndexOf('nightly');
    assert.ok(lastNightly <= 4, order.join(' '));
  });
});
