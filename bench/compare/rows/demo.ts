import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../../../core/project-root.js';
import { commandSide } from '../command-side.js';
import type { Comparison } from '../comparison.js';
import type { Side } from '../side-process.js';

/** What both sides must agree in, in points: the encoder alone, and an arm whose questions each side has drawn itself. */
const TOLERANCE = { encoder: 0.1, drawn: 1.5 };
const METRICS = ['recall@1', 'recall@10', 'mrr@10', 'ndcg@10', 'r@2kt'] as const;

const OursSchema = z.object({
  arms: z.record(z.string(), z.object({ metrics: z.record(z.string(), z.object({ all: z.number() })) })),
});
const TheirsSchema = z.object({ arms: z.record(z.string(), z.record(z.string(), z.number())) });

export const demo: Comparison = {
  id: 'demo',
  what: 'the whole demo, from the command to the report, on a fresh store',
  against: 'a Python script of the same steps, without statistics, files and report',
  target: 2,
  // Each round takes minutes, and is a process of its own on either side.
  rounds: 3,
  warmUp: false,
  open({ folder, python }) {
    let round = 0;
    const ours = commandSide('xqg', () => {
      const store = join(folder, `store-${++round}`);
      const run = ['run', join(projectRoot(), 'examples/demo.yaml'), '--embedded', '--run-id', 'demo'];
      return Promise.resolve({
        command: process.execPath,
        args: [join(projectRoot(), 'dist/cli/main.js'), ...run, '--store', store],
        result: join(store, 'runs/demo/metrics.json'),
      });
    });
    const result = join(folder, 'script.json');
    const script = join(projectRoot(), 'bench/compare/python/demo.py');
    const peer = commandSide('script', () =>
      Promise.resolve({ command: python, args: [script, result], result }),
    );
    return Promise.resolve({
      ours,
      peers: [peer],
      check: async () => {
        const own = OursSchema.parse(await savedBy(ours, folder)).arms;
        const theirs = TheirsSchema.parse(await savedBy(peer, folder)).arms;
        const difference = (arm: string, name: string, allowed: number): number => {
          const differences = METRICS.map((metric) => {
            const value = own[arm]?.metrics[metric]?.all ?? NaN;
            // Ours are in percent for recall at k tokens only.
            const points = metric === 'r@2kt' ? value : 100 * value;
            return Math.abs(points - (theirs[name]?.[metric] ?? NaN));
          });
          const most = Math.max(...differences);
          if (!(most <= allowed))
            throw new Error(
              `Demo: ${arm} differs by ${differences.map((d) => d.toFixed(2)).join(', ')} points`,
            );
          return most;
        };
        const alone = difference('e5', 'encoder', TOLERANCE.encoder);
        const drawn = difference('e5+mini-a0.03-n3', 'alpha 0.03', TOLERANCE.drawn);
        return `figures within ${alone.toFixed(2)} points (encoder alone) and ${drawn.toFixed(2)} (questions that each has drawn)`;
      },
    });
  },
};

async function savedBy(side: Side, folder: string): Promise<unknown> {
  const path = join(folder, `${side.name}.saved.json`);
  await side.save(path);
  return JSON.parse(await readFile(path, 'utf8'));
}
