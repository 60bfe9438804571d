import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { guardReportSchema, STOP } from './guard-messages.js';
import type { GuardOrders } from './guard-messages.js';
import { lastLines } from './log-tail.js';

const LOOK_EVERY_MS = 100;

export interface GuardedProcessOptions {
  /** For messages: `Temporal server` */
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Receives the server's standard output and error; appended to */
  logFile: string;
  /** Whether the server can be used; asked every 100 ms after its start */
  ready: () => Promise<boolean>;
  readyTimeoutMs: number;
  /**
   * Milliseconds between SIGTERM and SIGKILL.
   * @default 5000
   */
  graceMs?: number;
  /** Files and folders to remove once the server is gone, whatever ended this process */
  removeAtEnd?: string[];
}

export interface GuardedProcess {
  /** Of the server itself */
  readonly pid: number;
  /** Resolves when the server has ended, by itself or by `stop` */
  readonly ended: Promise<void>;
  /** Ends the server; resolves when it is gone. May be called again. */
  stop(): Promise<void>;
}

/** Thrown when a server ends before it is ready, or is not ready in time. The message carries its last log lines. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';

  constructor(
    message: string,
    /** The last lines of its log */
    readonly logTail: string,
  ) {
    super(logTail === '' ? `${message}; it wrote no log` : `${message}; its last lines:\n${logTail}`);
  }
}

/**
 * Starts a server under a guard process, which ends it when this process ends for whatever reason, SIGKILL
 * included. Resolves when it is ready. The server does not keep this process alive.
 *
 * @throws ServerStartError
 */
export async function startGuarded(options: GuardedProcessOptions): Promise<GuardedProcess> {
  const guard = spawnGuard(options);
  const gone = new Promise<void>((resolve) => guard.once('close', () => resolve()));
  const start = watchStart(guard, options);
  const stop = async (): Promise<void> => {
    // Being awaited, the end must keep this process alive.
    guard.ref();
    if (guard.connected) guard.send(STOP, () => undefined); // It may end by itself at this moment.
    await gone;
  };
  const polling = new AbortController();
  try {
    const pid = await start.pid;
    await Promise.race([untilReady(options, polling.signal), start.failure]);
    guard.unref();
    guard.channel?.unref();
    return { pid, ended: gone, stop };
  } catch (error) {
    polling.abort();
    await stop();
    throw error;
  }
}

function spawnGuard(options: GuardedProcessOptions): ChildProcess {
  const orders: GuardOrders = {
    command: options.command,
    args: options.args,
    cwd: options.cwd,
    logFile: options.logFile,
    graceMs: options.graceMs ?? 5000,
    removeAtEnd: options.removeAtEnd ?? [],
  };
  const script = fileURLToPath(new URL('./guard.js', import.meta.url));
  return spawn(process.execPath, [script, JSON.stringify(orders)], {
    // A session of its own: Ctrl-C in the terminal must not end the guard before its server.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: options.env ?? process.env,
  });
}

/** The server's pid once it runs; and a promise that is rejected should it end, and never resolves. */
function watchStart(guard: ChildProcess, { name, command, logFile }: GuardedProcessOptions) {
  let started: (pid: number) => void;
  const pid = new Promise<number>((resolve) => (started = resolve));
  const failure = new Promise<never>((_resolve, reject) => {
    guard.on('message', (message) => {
      const report = guardReportSchema.parse(message);
      if (report.type === 'started') started(report.pid);
      if (report.type === 'failed') {
        reject(new ServerStartError(`Starting the ${name} (${command}) failed: ${report.message}`, ''));
      }
      if (report.type === 'exited') {
        const how = report.signal === null ? `exit code ${report.code}` : `signal ${report.signal}`;
        const message = `Starting the ${name} (${command}): expected it to go on running, but it ended with ${how}`;
        reject(new ServerStartError(message, report.logTail));
      }
    });
    guard.on('error', (error) =>
      reject(new ServerStartError(`Starting the ${name}'s guard: ${error.message}`, '')),
    );
    guard.on('close', () =>
      reject(new ServerStartError(`Starting the ${name} (${command}): its guard ended`, lastLines(logFile))),
    );
  });
  // Later ends are no failure to start; `ended` tells of them.
  failure.catch(() => undefined);
  return { pid: Promise.race([pid, failure]), failure };
}

async function untilReady(options: GuardedProcessOptions, signal: AbortSignal): Promise<void> {
  const { name, command, logFile, readyTimeoutMs } = options;
  const deadline = Date.now() + readyTimeoutMs;
  while (!(await options.ready())) {
    if (Date.now() > deadline) {
      throw new ServerStartError(
        `Starting the ${name} (${command}): expected it to be ready within ${readyTimeoutMs / 1000} s, but it was not`,
        lastLines(logFile),
      );
    }
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}
