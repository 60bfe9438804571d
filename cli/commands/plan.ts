import type { Command } from 'commander';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { gatherFacts } from '../../core/plan/facts.js';
import { planExperiment } from '../../core/plan/plan.js';
import { parseRates } from '../../core/plan/rates.js';
import { renderPlan } from '../../core/plan/render-plan.js';
import { integer, jsonOption } from '../flags.js';
import { createOutput } from '../output.js';

interface PlanFlags {
  rate: string[];
  workers: number;
  json?: boolean;
}

const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

export function addPlanCommand(program: Command): void {
  program
    .command('plan')
    .description(
      'Show what an experiment will take: shards, activities, bytes and hours, before anything starts',
    )
    .argument('<experiment>', 'the experiment file; its data need not be at hand')
    .option(
      '--rate <kind=n>',
      'what one worker does in a second, such as encode=37; may be repeated',
      collect,
      [],
    )
    .option('--workers <n>', 'workers of each kind', integer(1), 1)
    .addOption(jsonOption())
    .action(async (path: string, flags: PlanFlags) => {
      const output = createOutput(flags);
      const loaded = await loadExperiment(path, { checkFiles: false });
      const rates = parseRates(flags.rate);
      const plan = planExperiment(loaded.experiment, await gatherFacts(loaded), {
        rates,
        workers: flags.workers,
      });
      if (output.json) output.printJson(plan);
      else output.print(renderPlan(plan));
    });
}
