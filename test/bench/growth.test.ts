import assert from 'node:assert/strict';
import { LANES } from '../../bench/growth/lanes.js';
import { measureLane, type LaneFigures } from '../../bench/growth/measure.js';
import { renderGrowth } from '../../bench/growth/render.js';
import { findTemporalCli } from '../../infra/temporal-cli.js';

describe('the growth benchmark', function () {
  this.timeout('3m');

  before(async function () {
    this.timeout('20m');
    await findTemporalCli();
  });

  for (const { id, stages } of [
    { id: 'texts', stages: ['evaluate.e5', 'import.mini', 'ingest.corpus'] },
    { id: 'search', stages: ['augment.e5+mini-a0.01-n3', 'merge.e5', 'search.e5'] },
  ]) {
    it(`times each stage of the lane ${id}, and tells the memory of its processes`, async () => {
      const lane = LANES.find((one) => one.id === id);
      assert.ok(lane);
      const shape = { ...lane.shape, shardPassages: 40, queries: 8 };
      const { seconds, peaks, passages, shards } = await measureLane(lane, 1, shape);
      assert.deepEqual([passages, shards], [40 * lane.shards, lane.shards]);
      assert.deepEqual(Object.keys(seconds).toSorted(), stages);
      assert.ok(Object.values(seconds).every((took) => took > 0));
      for (const role of ['workflow', ...lane.measured] as const)
        assert.ok((peaks[role]?.worker ?? 0) > 50, role);
      if (id === 'search') assert.ok((peaks.search?.models.search ?? 0) > 50);
    });
  }

  it('tells growth by the seconds of the smaller size, and by how much larger this one is', () => {
    const [lane] = LANES.filter(({ id }) => id === 'encode');
    assert.ok(lane);
    const figure = (size: number, took: number): LaneFigures => ({
      ...{ lane: 'encode', size, shape: lane.shape, passages: 256 * size, shards: 4 * size },
      seconds: { 'encode.corpus.e5': took },
      peaks: {
        workflow: { worker: 240, models: {} },
        encode: { worker: 200, models: { encoder: 300 + size } },
      },
    });
    const rendered = renderGrowth([figure(16, 220), figure(1, 20), figure(4, 50)], 'a machine');
    // 50 ÷ (4 × 20), and 220 ÷ (4 × 50).
    assert.match(
      rendered,
      /^\| encode\.corpus\.e5 \| 256 \| 20\.0 \| 50\.0 \| 220\.0 \| 0\.63 \| 1\.10 \|$/m,
    );
    assert.match(rendered, /^\| encoder process \| encode \| 301 \| 304 \| 316 \|$/m);
  });
});
