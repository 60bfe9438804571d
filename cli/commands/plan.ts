import type { Command } from 'commander';
import { loadExperiment, type LoadedExperiment } from '../../core/config/load-experiment.js';
import { gatherFacts } from '../../core/plan/facts.js';
import { planExperiment } from '../../core/plan/plan.js';
import { parseRates } from '../../core/plan/rates.js';
import { renderPlan } from '../../core/plan/render-plan.js';
import { integer, jsonOption, storeOption } from '../flags.js';
import { createOutput } from '../output.js';
import { storeUriOf } from '../runs/find-store.js';
import type { PlanReuse } from '../runs/plan-reuse.js';

interface PlanFlags {
  rate: string[];
  workers: number;
  store?: string;
  read?: boolean;
  json?: boolean;
}

const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

export function addPlanCommand(program: Command): void {
  program
    .command('plan')
    .description(
      'Show what an experiment will take, and what of it a store holds already: shards, activities, bytes and hours, before anything starts',
    )
    .argument('<experiment>', 'the experiment file; its data need not be at hand')
    .option(
      '--rate <kind=n>',
      'what one worker does in a second, such as encode=37; may be repeated',
      collect,
      [],
    )
    .option('--workers <n>', 'workers of each kind', integer(1), 1)
    .addOption(storeOption())
    .option('--read', 'read inputs and models that are not on this machine, too, to know what is reused')
    .option('--no-read', 'read no inputs, and look into no store')
    .addOption(jsonOption())
    .action(async (path: string, flags: PlanFlags) => {
      const output = createOutput(flags);
      const loaded = await loadExperiment(path, { checkFiles: false });
      const rates = parseRates(flags.rate);
      const found = flags.read === false ? undefined : await lookForReuse(loaded, flags);
      if (found?.reason !== undefined) output.note(`nothing is taken to be reused: ${found.reason}`);
      const plan = planExperiment(loaded.experiment, await gatherFacts(loaded, found?.facts), {
        rates,
        workers: flags.workers,
        ...(found?.stages && { reuse: found.stages }),
      });
      if (output.json) output.printJson(plan);
      else output.print(renderPlan(plan));
    });
}

async function lookForReuse(loaded: LoadedExperiment, { store, read }: PlanFlags): Promise<PlanReuse> {
  // The stages' code is much to load, and needed for this only.
  const { findReuse } = await import('../runs/plan-reuse.js');
  return findReuse(loaded, storeUriOf(loaded, store), read === true);
}
