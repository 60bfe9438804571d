/**
 * Runs each stage over a corpus, over 4 times and over 16 times as many passages, in shards of the same size, with a
 * process for each role, and tells how its time and its peak of memory grow:
 * `node dist/bench/growth/main.js [--lane texts,encode] [--size 1,4,16] [--other-shape] [--small] [--out bench/results]`.
 * With `--other-shape` each lane runs once with other budgets, by which the formula of memory is checked. With `--out`
 * figures are added to growth.json, in the place of older ones of the same lane and size, and growth.md is drawn anew.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../core/project-root.js';
import { LANES } from './lanes.js';
import { measureLane, type LaneFigures } from './measure.js';
import { renderGrowth } from './render.js';
import { addResults, machineOf } from './results.js';

const { values } = parseArgs({
  options: {
    lane: { type: 'string' },
    size: { type: 'string', default: '1,4,16' },
    'other-shape': { type: 'boolean', default: false },
    /** Shards of a hundredth of the passages: to see that everything works. */
    small: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});
const wanted = values.lane?.split(',');
const figures: LaneFigures[] = [];
for (const lane of LANES.filter(({ id }) => wanted === undefined || wanted.includes(id))) {
  for (const size of values.size.split(',').map(Number)) {
    const shape = { ...lane.shape, ...(values['other-shape'] && lane.otherShape) };
    if (values.small) shape.shardPassages = Math.ceil(shape.shardPassages / 100);
    const found = await measureLane(lane, size, shape);
    const seconds = Object.entries(found.seconds).map(([stage, took]) => `${stage} ${took.toFixed(1)} s`);
    process.stderr.write(`${lane.id} × ${size}: ${seconds.join(', ')}; ${JSON.stringify(found.peaks)}\n`);
    figures.push(found);
  }
}
const all = values.out === undefined ? figures : await addResults(join(projectRoot(), values.out), figures);
process.stdout.write(renderGrowth(all, machineOf()));
