import { Option, type Command } from 'commander';
import { isPawsxMetric } from '../../core/claims/pawsx-metrics.js';
import { InvalidInputError } from '../../core/errors.js';
import { renderArmsComparison } from '../../core/report/arms-comparison.js';
import { readPawsxOutcomes } from '../../core/stages/pawsx-outcomes.js';
import { readQueryMetrics } from '../../core/stages/query-metrics.js';
import { readRunDocument } from '../../core/stages/run-document.js';
import { compareArms } from '../../core/statistics/compare-arms.js';
import { TESTS } from '../../core/statistics/significance-test.js';
import type { Store } from '../../core/store/store.js';
import { integer, jsonOption, numberBetween, storeOption } from '../flags.js';
import { createOutput } from '../output.js';
import { findStore } from '../runs/find-store.js';

interface SignificanceFlags {
  metric?: string;
  level: number;
  resamples: number;
  permutations: number;
  seed: number;
  store?: string;
  json?: boolean;
}

export function addSignificanceCommand(program: Command): void {
  program
    .command('significance')
    .description('Compare two arms, of one run or of two, query by query: difference, interval, tests')
    .argument('<first>', 'RUN:ARM, such as "demo-1:e5+mini-a0.03-n3"')
    .argument('<second>', 'RUN:ARM; their difference is first minus second')
    .option('--metric <name>', "such as recall@1 or pawsx.winRate (default: that of the first run's report)")
    .addOption(
      new Option('--level <share>', 'intervals cover 1 − level')
        .argParser(numberBetween(0.0001, 0.5))
        .default(0.05),
    )
    .addOption(new Option('--resamples <n>', 'of the bootstrap').argParser(integer(100)).default(10_000))
    .addOption(
      new Option('--permutations <n>', 'of the randomisation test').argParser(integer(100)).default(100_000),
    )
    .addOption(new Option('--seed <n>', 'of both').argParser(integer(0)).default(0))
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (first: string, second: string, flags: SignificanceFlags) => {
      const output = createOutput(flags);
      const arms = [parseArm(first), parseArm(second)] as const;
      const store = await findStore(flags.store, arms[0].runId);
      try {
        const metric = flags.metric ?? (await reportMetric(store, arms[0].runId));
        const [a, b] = await Promise.all(
          arms.map(async ({ runId, arm }) => {
            const rows = await readQueryMetrics(store, runId, [arm]);
            if (isPawsxMetric(metric)) {
              const outcomes = await readPawsxOutcomes(store, await readRunDocument(store, runId));
              if (outcomes.length > 0) return outcomes.filter((outcome) => outcome.arm === arm);
            }
            checkMetric(metric, Object.keys(rows[0]?.values ?? {}), runId);
            return rows;
          }),
        );
        const { level, resamples, permutations, seed } = flags;
        const confidence = 1 - level;
        const comparison = compareArms(a ?? [], b ?? [], {
          metric,
          confidence,
          resamples,
          permutations,
          seed,
        });
        if (output.json) output.printJson({ first, second, ...comparison });
        else output.print(renderArmsComparison(comparison, { first, second, confidence, tests: TESTS }));
      } finally {
        await store.close();
      }
    });
}

/** `run:arm`; neither holds a colon. */
function parseArm(text: string): { runId: string; arm: string } {
  const [runId = '', arm = '', ...more] = text.split(':');
  if (runId === '' || arm === '' || more.length > 0)
    throw new InvalidInputError(
      `significance: expected RUN:ARM, such as demo-1:e5, found ${JSON.stringify(text)}`,
    );
  return { runId, arm };
}

async function reportMetric(store: Store, runId: string): Promise<string> {
  const { experiment } = await readRunDocument(store, runId);
  return experiment.report.metric ?? experiment.evaluate.metrics[0] ?? 'ndcg@10';
}

function checkMetric(metric: string, known: readonly string[], runId: string): void {
  if (!known.includes(metric))
    throw new InvalidInputError(
      `significance: run "${runId}" has no metric ${JSON.stringify(metric)}; it has ${known.join(', ')}`,
    );
}
