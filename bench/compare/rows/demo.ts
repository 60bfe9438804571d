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

/** Of report.json. */
const OursSchema = z.object({
  arms: z.array(
    z.object({
      arm: z.object({ id: z.string() }),
      results: z.record(z.string(), z.object({ all: z.number() })),
    }),
  ),
  robustness: z.object({
    pawsx: z.object({
      arms: z.array(
        z.object({ arm: z.string(), byLanguage: z.record(z.string(), z.object({ winRate: z.number() })) }),
      ),
    }),
  }),
  lineage: z.object({
    stages: z.array(z.object({ stage: z.string(), name: z.string(), seconds: z.number() })),
  }),
});
const TheirsSchema = z.object({
  arms: z.record(z.string(), z.record(z.string(), z.number())),
  /** The adversary's win rate in percent, by arm and language. */
  pawsx: z.record(z.string(), z.record(z.string(), z.number())),
  seconds: z.record(z.string(), z.number()),
});

type Generation = 'optimum' | 'loop';

/** The demo beside the same script with either way of generating questions, which takes most of its time. */
export const demoRows: readonly Comparison[] = [
  demoBeside('optimum', 'a Python script of the same steps: onnxruntime, optimum’s generate, NumPy, FAISS'),
  demoBeside(
    'loop',
    'the same script with a decoding loop written for these files, caches staying ONNX Runtime’s',
  ),
];

function demoBeside(generation: Generation, against: string): Comparison {
  return {
    id: `demo-${generation}`,
    what: 'the whole demo, from the command to the report, on a fresh store',
    against: `${against}; without statistics, files and report`,
    target: 2,
    // Each round is a process of its own on either side.
    warmUp: false,
    open({ folder, python }) {
      let round = 0;
      const ours = commandSide('xqg', () => {
        const store = join(folder, `store-${++round}`);
        const run = ['run', join(projectRoot(), 'examples/demo.yaml'), '--embedded', '--run-id', 'demo'];
        return Promise.resolve({
          command: process.execPath,
          args: [join(projectRoot(), 'dist/cli/main.js'), ...run, '--store', store],
          result: join(store, 'runs/demo/report.json'),
          valuesOf: (text) => {
            const { stages } = OursSchema.parse(JSON.parse(text)).lineage;
            return Object.fromEntries(
              stages.map(({ stage, name, seconds }) => [`${stage}.${name}`, seconds]),
            );
          },
        });
      });
      const result = join(folder, 'script.json');
      const script = join(projectRoot(), 'bench/compare/python/demo.py');
      const peer = commandSide(`script, ${generation}`, () =>
        Promise.resolve({
          command: python,
          args: [script, result, '--generation', generation],
          result,
          valuesOf: (text) => TheirsSchema.parse(JSON.parse(text)).seconds,
        }),
      );
      return Promise.resolve({ ours, peers: [peer], check: () => sameFigures(ours, peer, folder) });
    },
  };
}

async function sameFigures(ours: Side, peer: Side, folder: string): Promise<string> {
  const own = OursSchema.parse(await savedBy(ours, folder));
  const theirs = TheirsSchema.parse(await savedBy(peer, folder));
  const metricsOf = (arm: string): number[] => {
    const found = own.arms.find((other) => other.arm.id === arm)?.results;
    // Ours are in percent for recall at k tokens only.
    return METRICS.map((metric) => (found?.[metric]?.all ?? NaN) * (metric === 'r@2kt' ? 1 : 100));
  };
  const difference = (what: string, values: number[], others: number[], allowed: number): number => {
    const differences = values.map((value, i) => Math.abs(value - (others[i] ?? NaN)));
    const most = Math.max(...differences);
    if (!(most <= allowed))
      throw new Error(`Demo: ${what} differs by ${differences.map((d) => d.toFixed(2)).join(', ')} points`);
    return most;
  };
  const ofTheirs = (arm: string): number[] => METRICS.map((metric) => theirs.arms[arm]?.[metric] ?? NaN);
  const alone = difference('e5', metricsOf('e5'), ofTheirs('encoder'), TOLERANCE.encoder);
  const arm = 'e5+mini-a0.03-n3';
  const drawn = difference(arm, metricsOf(arm), ofTheirs('alpha 0.03'), TOLERANCE.drawn);
  const pawsx = Object.entries(
    own.robustness.pawsx.arms.find((other) => other.arm === 'e5')?.byLanguage ?? {},
  );
  const wins = difference(
    'PAWS-X under e5',
    pawsx.map(([, { winRate }]) => 100 * winRate),
    pawsx.map(([language]) => theirs.pawsx['encoder']?.[language] ?? NaN),
    TOLERANCE.encoder,
  );
  return `figures within ${alone.toFixed(2)} points (encoder alone; on PAWS-X ${wins.toFixed(2)}) and ${drawn.toFixed(2)} (questions that each has drawn)`;
}

async function savedBy(side: Side, folder: string): Promise<unknown> {
  const path = join(folder, `${side.name}.saved.json`);
  await side.save(path);
  return JSON.parse(await readFile(path, 'utf8'));
}
