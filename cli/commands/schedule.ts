import { InvalidArgumentError, Option, type Command } from 'commander';
import { msToNumber } from '@temporalio/common/lib/time.js';
import type { ScheduleOverlapPolicy } from '@temporalio/client';
import { InvalidInputError } from '../../core/errors.js';
import { temporalTarget } from '../../infra/temporal-connection.js';
import type { ScheduleClient } from '../runs/schedule-client.js';
import { exitCodes } from '../exit.js';
import { integer, jsonOption, storeOption } from '../flags.js';
import { createOutput, type Output } from '../output.js';
import {
  createSchedule,
  deleteSchedule,
  describeSchedule,
  listSchedules,
  type CreateOptions,
} from '../runs/schedules.js';

const OVERLAPS: Readonly<Record<string, ScheduleOverlapPolicy>> = {
  skip: 'SKIP',
  buffer: 'BUFFER_ONE',
  cancel: 'CANCEL_OTHER',
};

/** As {@link CreateOptions}, with the overlap policy in words. */
type CreateFlags = Omit<CreateOptions, 'overlap'> & { overlap: string };

/** Nightly runs, as Temporal Schedules. */
export function addScheduleCommand(program: Command): void {
  const schedule = program
    .command('schedule')
    .description(
      'Run an experiment every night and hold it to its baseline: create, list, describe, trigger …',
    );
  addCreate(schedule);
  schedule
    .command('list')
    .description("The Temporal server's schedules of xqg")
    .addOption(jsonOption())
    .action(act(async (client, output) => listSchedules(client, output)));
  schedule
    .command('describe')
    .description('When a schedule runs, what its nights came to, and what was missed or is stuck')
    .argument('<name>')
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(
      act(async (client, output, name: string, flags: { store?: string }) =>
        describeSchedule(client, output, name, flags),
      ),
    );
  schedule
    .command('pause')
    .description('Start no more nights')
    .argument('<name>')
    .option('--note <text>', 'why, for describe', 'paused by xqg schedule pause')
    .action(
      act(async (client, output, name: string, { note }: { note: string }) => {
        await client.pause(name, note);
        output.print(`schedule ${name} paused`);
      }),
    );
  schedule
    .command('resume')
    .description('Go on with a paused schedule')
    .argument('<name>')
    .action(
      act(async (client, output, name: string) => {
        await client.resume(name);
        output.print(`schedule ${name} resumed`);
      }),
    );
  schedule
    .command('trigger')
    .description('Run a night now')
    .argument('<name>')
    .option('--follow', 'wait for its end; exit code 3 when a gate does not hold, 1 when the run failed')
    .addOption(jsonOption())
    .action(act(trigger));
  schedule
    .command('backfill')
    .description('Run the nights between two times that were missed, one after the other')
    .argument('<name>')
    .requiredOption('--from <time>', 'such as 2026-11-20T00:00Z', time)
    .requiredOption('--to <time>', 'the end, such as 2026-11-24T00:00Z', time)
    .action(
      act(async (client, output, name: string, { from, to }: { from: Date; to: Date }) => {
        await client.backfill(name, from, to);
        output.print(
          `schedule ${name}: the nights from ${from.toISOString()} to ${to.toISOString()} are run`,
        );
      }),
    );
  schedule
    .command('delete')
    .description('Remove a schedule; its nights and their runs stay in the store')
    .argument('<name>')
    .action(act(deleteSchedule));
}

function addCreate(schedule: Command): void {
  schedule
    .command('create')
    .description('Run an experiment by a cron expression')
    .argument('<name>', 'of the schedule: letters, digits, ".", "_" and "-"')
    .argument('<experiment>', 'the experiment file; it is read now, its data and models every night')
    .requiredOption('--cron <expression>', 'such as "0 2 * * *"')
    .option('--timezone <name>', 'of the cron expression', 'UTC')
    .option('--baseline <run>', 'a run id, or last-good: the latest good night', 'last-good')
    .option(
      '--gate <condition>',
      'such as "r@2kt >= baseline - 0.5", "e5: ndcg@10[te] >= 0.8" or "pawsx.winRate <= baseline + 1"; may be given again',
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .addOption(
      new Option('--overlap <policy>', 'when the night before is still at work')
        .choices(Object.keys(OVERLAPS))
        .default('skip'),
    )
    .option(
      '--catchup <duration>',
      'how late a night may start after the server was away',
      milliseconds,
      msToNumber('1h'),
    )
    .option('--jitter <duration>', 'start up to so much later, at random', milliseconds, 0)
    .option(
      '--time-limit <duration>',
      'a night that takes longer is cancelled',
      milliseconds,
      msToNumber('6h'),
    )
    .option('--priority <1-5>', '1 is served first', integer(1), 1)
    .option(
      '--webhook-env <variable>',
      "environment variable of the io workers that holds a webhook's address (Slack and compatible)",
    )
    .option('--webhook-always', 'post good nights, too')
    .addOption(storeOption())
    .action(
      act(async (client, output, name: string, experiment: string, flags: CreateFlags) => {
        const overlap = OVERLAPS[flags.overlap];
        if (overlap === undefined) throw new InvalidInputError(`--overlap: no policy "${flags.overlap}"`);
        return createSchedule(client, output, name, experiment, { ...flags, overlap });
      }),
    );
}

async function trigger(
  client: ScheduleClient,
  output: Output,
  name: string,
  { follow = false }: { follow?: boolean },
): Promise<void> {
  const workflowId = await client.trigger(name);
  if (!follow) {
    if (output.json) output.printJson({ name, workflowId });
    else output.print(`schedule ${name}: a night started, ${workflowId}`);
    return;
  }
  output.note(`schedule ${name}: following ${workflowId}`);
  const night = await client.night(workflowId);
  if (output.json) output.printJson({ name, workflowId, ...night });
  else
    output.print(
      `${night.verdict}: run ${night.runId}${night.message === undefined ? '' : `: ${night.message}`}`,
    );
  process.exitCode = { good: exitCodes.done, worse: exitCodes.gate, failed: exitCodes.failed }[night.verdict];
}

/** Connects, acts, and closes the connection whatever happens. */
function act<Args extends unknown[]>(
  action: (client: ScheduleClient, output: Output, ...args: Args) => Promise<void>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    const flags = args.find(
      (arg): arg is Args[number] & { json?: boolean } => typeof arg === 'object' && arg !== null,
    );
    const { ScheduleClient: Client } = await import('../runs/schedule-client.js');
    const client = await Client.connect(temporalTarget());
    try {
      await action(client, createOutput({ json: flags?.json }), ...args);
    } finally {
      await client.close();
    }
  };
}

function milliseconds(value: string): number {
  try {
    const ms = msToNumber(value as Parameters<typeof msToNumber>[0]);
    if (ms >= 0) return ms;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('Expected a duration such as 30m, 6h or 2 days.');
}

function time(value: string): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('Expected a time such as 2026-11-24T02:00Z.');
  return date;
}
