import { InvalidArgumentError, type Command } from 'commander';
import { temporalTarget } from '../../infra/temporal-connection.js';
import type { Parallelism } from '../../workflows/contract.js';
import { createOutput } from '../output.js';
import { connectTo } from '../runs/connect.js';

const KINDS = ['io', 'encode', 'generate', 'search'] as const;

/** What `run.parallelism` may be, here as there. */
const MOST = 500;

export function addParallelismCommand(program: Command): void {
  program
    .command('parallelism')
    .description('Change how many shards of each stage an open run has at work at once; those at work go on')
    .argument('<run>', 'run id')
    .argument('<settings>', 'kinds of work and numbers, such as encode=16,generate=4', settings)
    .action(async (runId: string, changed: Partial<Parallelism>) => {
      const client = await connectTo(temporalTarget());
      try {
        await client.setParallelism(runId, changed);
        const told = Object.entries(changed).map(([kind, shards]) => `${kind}=${shards}`);
        createOutput().print(`run ${runId}: ${told.join(', ')}`);
      } finally {
        await client.close();
      }
    });
}

/** `encode=16,generate=4` */
function settings(value: string): Partial<Parallelism> {
  const pairs = value.split(',').map((pair): [(typeof KINDS)[number], number] => {
    const [name, number, ...more] = pair.split('=');
    const kind = KINDS.find((known) => known === name?.trim());
    const shards = Number(number);
    if (kind === undefined || more.length > 0 || !Number.isInteger(shards) || shards < 1 || shards > MOST) {
      throw new InvalidArgumentError(
        `Expected ${KINDS.join(', ')} with numbers from 1 to ${MOST}, such as encode=16,generate=4.`,
      );
    }
    return [kind, shards];
  });
  return Object.fromEntries(pairs);
}
