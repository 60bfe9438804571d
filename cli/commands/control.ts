import type { Command } from 'commander';
import { temporalTarget } from '../../infra/temporal-connection.js';
import { createOutput } from '../output.js';
import { connectTo } from '../runs/connect.js';

const commands = [
  {
    name: 'pause',
    about: 'Start no new shards of a run; those at work finish their block and are given back',
    done: 'paused',
  },
  { name: 'resume', about: 'Go on with a paused run', done: 'resumed' },
  {
    name: 'cancel',
    about: 'End a run; what is committed stays and is reused by later runs',
    done: 'cancelled',
  },
] as const;

/** pause, resume and cancel: orders to a run that is open on a Temporal server. */
export function addControlCommands(program: Command): void {
  for (const { name, about, done } of commands) {
    program
      .command(name)
      .description(about)
      .argument('<run>', 'run id')
      .action(async (runId: string) => {
        const client = await connectTo(temporalTarget());
        try {
          if (name === 'cancel') await client.cancel(runId);
          else await client.signal(runId, name);
          createOutput().print(`run ${runId} ${done}`);
        } finally {
          await client.close();
        }
      });
  }
}
