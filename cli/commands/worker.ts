import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { Command } from 'commander';
import { Option } from 'commander';
import { InvalidInputError } from '../../core/errors.js';
import { WORK_KINDS, type WorkKind } from '../../core/stages/graph.js';
import { temporalTarget } from '../../infra/temporal-connection.js';
import { defaultBudget, type ComputeBudget } from '../../workers/model-pool.js';
import { budgetOptions, list, logLevelOption } from '../flags.js';
import { createOutput } from '../output.js';

export interface BudgetFlags {
  processes?: number;
  threads?: number;
  modelMemory?: number;
}

interface WorkerFlags extends BudgetFlags {
  roles?: string[];
  deployment?: string;
  buildId?: string;
  logLevel?: string;
}

export function addWorkerCommand(program: Command): void {
  const command = program
    .command('worker')
    .description(
      'Work for the runs of a Temporal server until SIGTERM; then finish the blocks at work and exit',
    )
    .addOption(
      new Option(
        '--roles <roles>',
        `which kinds of work to take: ${WORK_KINDS.join(',')} (default: all)`,
      ).argParser(list),
    )
    .addOption(
      new Option(
        '--deployment <name>',
        "with --build-id: Temporal's Worker Versioning for the role workflow, so that runs stay with the version that they were started on",
      ).env('XQG_DEPLOYMENT'),
    )
    .addOption(
      new Option('--build-id <id>', 'with --deployment: the version of this worker').env('XQG_BUILD_ID'),
    )
    .addOption(logLevelOption().default('info'));
  for (const option of budgetOptions()) command.addOption(option);
  command.action(async (flags: WorkerFlags) => {
    const { log } = createOutput(flags);
    const budget = budgetOf(flags);
    const deployment = deploymentOf(flags);
    const { startWorker } = await import('../../workers/worker.js');
    const worker = await startWorker({
      target: temporalTarget(),
      roles: rolesOf(flags.roles),
      log,
      ...(budget && { budget }),
      ...(deployment && { deployment }),
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        log.info({ signal }, 'stopping: no new work is taken, blocks at work are finished');
        void worker.stop();
      });
    }
    await worker.stopped;
  });
}

/** Undefined where none is given: then the number of cores decides. */
export function budgetOf({ processes, threads, modelMemory }: BudgetFlags): ComputeBudget | undefined {
  if (processes === undefined && threads === undefined && modelMemory === undefined) return undefined;
  const usual = defaultBudget();
  return {
    processes: processes ?? usual.processes,
    threads: threads ?? usual.threads,
    ...(modelMemory !== undefined && { memoryMiB: modelMemory }),
  };
}

function deploymentOf({ deployment, buildId }: WorkerFlags): WorkerDeploymentVersion | undefined {
  if (deployment === undefined && buildId === undefined) return undefined;
  if (deployment !== undefined && buildId !== undefined) return { deploymentName: deployment, buildId };
  throw new InvalidInputError(
    `worker: expected --deployment and --build-id together, found only ${deployment === undefined ? '--build-id' : '--deployment'}`,
  );
}

function rolesOf(names: readonly string[] | undefined): readonly WorkKind[] {
  if (names === undefined) return WORK_KINDS;
  return names.map((name) => {
    const role = WORK_KINDS.find((kind) => kind === name);
    if (role === undefined)
      throw new InvalidInputError(`--roles: "${name}" is none of ${WORK_KINDS.join(', ')}`);
    return role;
  });
}
