import assert from 'node:assert/strict';
import { measureScale, type ScaleFigures } from '../../bench/scale/measure.js';
import { renderScale } from '../../bench/scale/render.js';
import { findTemporalCli } from '../../infra/temporal-cli.js';

/** What the project promises of any number of shards. */
const MOST_EVENTS = 10_000;
const MOST_PAYLOAD_BYTES = 100_000;

describe('the scale benchmark', function () {
  this.timeout('3m');
  let figures: ScaleFigures;

  before(async function () {
    this.timeout('20m');
    await findTemporalCli();
    figures = await measureScale({ size: 1 / 256, blocks: 1, store: 'file' });
  });

  it('runs every stage of the paper’s experiment over the corpus that it claims', () => {
    // 5 shards of passages: encode and accumulate for three encoders, and generate; one search group, one of queries.
    assert.equal(figures.passages, 70_313);
    const { activities } = figures.histories;
    assert.deepEqual(
      ['ingest', 'encode', 'generate', 'accumulate', 'search', 'merge', 'evaluate', 'report'].map(
        (stage) => activities[`${stage}Shard`],
      ),
      [2, 18, 5, 15, 3, 3, 3, 1],
    );
    assert.equal(figures.shards, 50);
  });

  it('finds histories and payloads within what is promised', () => {
    const { maxEvents, largestPayload } = figures.histories;
    assert.ok(maxEvents > 50 && maxEvents < MOST_EVENTS, `${maxEvents} events`);
    assert.ok(largestPayload.bytes > 500 && largestPayload.bytes < MOST_PAYLOAD_BYTES, largestPayload.where);
  });

  it('tells what each process used', () => {
    for (const name of ['worker', 'temporal']) {
      assert.ok((figures.cpuSecondsPerShard[name] ?? 0) > 0, name);
      assert.ok((figures.memoryMiB[name]?.peak ?? 0) > 50, name);
    }
    assert.match(renderScale([figures], 'a machine'), /^\| activities for shards \| 50 \|$/m);
  });
});
