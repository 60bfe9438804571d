import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogEntry } from '@temporalio/worker';
import type { Logger } from 'pino';

let installed = false;

/** Sends the log of Temporal's runtime to ours. The runtime is one for the process: the first call counts. */
export function logTemporalTo(log: Logger): void {
  if (installed) return;
  installed = true;
  const child = log.child({ component: 'temporal' });
  const write = (entry: LogEntry): void => {
    // A worker of one role is told, for each, that it takes no other work.
    if (entry.message.includes('not polling for')) return;
    const fields = { ...entry.meta };
    // Activities log their own failures with the run and shard they belong to; how a run ended is its result.
    if (/^(Activity|Workflow) failed/.test(entry.message)) child.info(fields, entry.message);
    else if (entry.level === 'WARN' || entry.level === 'ERROR') child.warn(fields, entry.message);
    else child.debug(fields, entry.message);
  };
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  Runtime.install({
    logger: new DefaultLogger('INFO', write),
    telemetryOptions: { logging: { filter, forward: {} } },
  });
}
