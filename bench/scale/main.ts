/**
 * Runs the paper's experiment, 18 million passages in 1,099 shards, with the real workflows, worker, Temporal server
 * and store, and everything but the inference: `node dist/bench/scale/main.js [--size 1/16,1/4,1] [--store s3|file]
 * [--blocks 2] [--out bench/results]`. Prints what it took, and writes it to scale.json and scale.md.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../core/project-root.js';
import { measureScale, type ScaleFigures } from './measure.js';
import { renderScale } from './render.js';

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1/16,1/4,1' },
    store: { type: 'string', default: 's3' },
    blocks: { type: 'string', default: '2' },
    out: { type: 'string' },
  },
});
const store = values.store === 'file' ? 'file' : 's3';
const figures: ScaleFigures[] = [];
for (const text of values.size.split(',')) {
  const [part = 1, whole = 1] = text.split('/').map(Number);
  const load = loadavg()[0] ?? 0;
  process.stderr.write(`size ${text}, load ${load.toFixed(1)} before …\n`);
  figures.push(await measureScale({ size: part / whole, blocks: Number(values.blocks), store }));
}
const [cpu] = cpus();
const machine = `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, Node.js ${process.version}`;
const table = renderScale(figures, machine);
process.stdout.write(table);
if (values.out !== undefined) {
  const folder = join(projectRoot(), values.out);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'scale.json'), `${JSON.stringify({ machine, figures }, null, 2)}\n`);
  await writeFile(join(folder, 'scale.md'), table);
}
