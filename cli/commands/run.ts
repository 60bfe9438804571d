import type { Command } from 'commander';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { InvalidInputError } from '../../core/errors.js';
import { createRun, newRunId } from '../../core/stages/create-run.js';
import { checkModels } from '../../core/stages/preflight.js';
import { checkStore } from '../../core/store/check-store.js';
import { openStore } from '../../core/store/open-store.js';
import type { RunRef } from '../../workflows/contract.js';
import { exitCodes } from '../exit.js';
import { budgetOptions, jsonOption, logLevelOption, storeOption } from '../flags.js';
import { createOutput, type Output } from '../output.js';
import { storeUriOf } from '../runs/find-store.js';
import { applyGates, checkGateFlags } from '../runs/gates.js';
import { printResults } from '../runs/print-results.js';
import { budgetOf, type BudgetFlags } from './worker.js';

export interface RunFlags extends BudgetFlags {
  baseline?: string;
  gate?: string[];
  embedded?: boolean;
  store?: string;
  runId?: string;
  detach?: boolean;
  json?: boolean;
  logLevel?: string;
}

export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('Run an experiment, or take up a run where it stopped')
    .argument('<experiment>', 'the experiment file, such as examples/demo.yaml')
    .option('--embedded', 'start a Temporal server and a worker for this run, and stop them afterwards')
    .addOption(storeOption())
    .option(
      '--run-id <id>',
      'name of the run (default: the experiment and the time); give it again to resume',
    )
    .option('--baseline <run>', 'with --gate: the run that this one is compared with')
    .option(
      '--gate <condition>',
      'what the run is held to, such as "r@2kt >= baseline - 0.5"; exit code 3 when it does not hold; may be given again',
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .option('--detach', 'start the run and return; "xqg status" follows it')
    .addOption(jsonOption())
    .addOption(logLevelOption());
  for (const option of budgetOptions()) command.addOption(option);
  command.action(async (experiment: string, flags: RunFlags) => {
    const output = createOutput(flags);
    process.exitCode = await runExperiment(experiment, flags, output);
  });
}

/** Checks the experiment, starts its run, follows it to its end and prints the results. Returns the exit code. */
export async function runExperiment(path: string, flags: RunFlags, output: Output): Promise<number> {
  if (flags.detach === true && flags.embedded === true) {
    throw new InvalidInputError('--detach needs a Temporal server that stays; leave out --embedded');
  }
  const loaded = await loadExperiment(path);
  for (const warning of loaded.warnings) output.note(`warning: ${warning}`);
  await checkModels(loaded);
  const store = await openStore(storeUriOf(loaded, flags.store));
  try {
    await checkStore(store);
    const gates = {
      ...(flags.baseline !== undefined && { baseline: flags.baseline }),
      gate: flags.gate ?? [],
    };
    await checkGateFlags(store, gates);
    const run = await createRun(loaded, flags.runId ?? newRunId(loaded.experiment.name), store, openStore);
    const ref: RunRef = { runId: run.runId, storeUri: store.uri };
    output.note(`run ${run.runId}, ${run.arms.length} arms, store ${store.uri}`);
    const budget = budgetOf(flags);
    const { followRun, openBackend } = await import('../runs/execute-run.js');
    const backend = await openBackend(
      { embedded: flags.embedded === true, ...(budget && { budget }) },
      output,
    );
    const interrupted = onInterrupt(output, ref, flags.embedded === true);
    try {
      const how = await backend.client.start(ref, run.experiment.run.priority);
      if (how === 'joined') output.note(`run ${run.runId} is open already; following it`);
      if (flags.detach === true) {
        output.print(run.runId);
        return exitCodes.done;
      }
      const progress = await Promise.race([followRun(backend, ref, output), interrupted.promise]);
      const broken = await printResults(store, run.runId, progress, output);
      for (const claim of broken) output.note(`xqg: a required claim fails: ${claim}`);
      const gated = await applyGates(store, run.runId, gates, output);
      return broken.length > 0 ? exitCodes.gate : gated;
    } finally {
      interrupted.dispose();
      await backend.stop();
    }
  } finally {
    await store.close();
  }
}

/** Ctrl-C ends the following, and with --embedded the work; what is committed is taken up by the next run. */
function onInterrupt(
  output: Output,
  ref: RunRef,
  embedded: boolean,
): { promise: Promise<never>; dispose(): void } {
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<never>((_, rejectPromise) => (reject = rejectPromise));
  promise.catch(() => undefined);
  const handler = (): void => {
    const advice = embedded
      ? `stopped; give the same command with --run-id ${ref.runId} to go on`
      : `the run goes on; "xqg status ${ref.runId}" shows it, "xqg cancel ${ref.runId}" ends it`;
    output.note('');
    reject(new Error(`run ${ref.runId}: ${advice}`));
  };
  process.once('SIGINT', handler);
  process.once('SIGTERM', handler);
  return {
    promise,
    dispose: () => {
      process.off('SIGINT', handler);
      process.off('SIGTERM', handler);
    },
  };
}
