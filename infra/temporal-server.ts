import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import getPort from 'get-port';
import type { OnWait } from './cache.js';
import { ServerStartError, startGuarded } from './guarded-process.js';
import type { GuardedProcess } from './guarded-process.js';
import { findTemporalCli } from './temporal-cli.js';

const LOOPBACK = '127.0.0.1';
const NAMESPACE = 'default';
const READY_TIMEOUT_MS = 60_000;

/** Another process may take a free port before the server does. */
const PORT_ATTEMPTS = 3;

export interface TemporalServerOptions {
  /**
   * SQLite file that keeps workflows across restarts; made if missing. One server at a time.
   * @default in memory
   */
  dataFile?: string;
  /**
   * Receives what the server prints.
   * @default a temporary file, removed when the server has stopped
   */
  logFile?: string;
  /** @default 'warn' */
  logLevel?: 'debug' | 'info' | 'warn' | 'error';
  /** Port of the gRPC service: the one it had before, for instance. @default a free one */
  port?: number;
  /** Port of the web UI, or true for a free one. @default no web UI */
  uiPort?: number | true;
  /** Told what a first start waits for */
  onWait?: OnWait;
  env?: NodeJS.ProcessEnv;
}

export interface TemporalServer {
  /** `host:port` of the gRPC service */
  readonly address: string;
  readonly namespace: string;
  readonly uiAddress?: string;
  /** Of the server process; absent when it is not ours */
  readonly pid?: number;
  /** Ends the server; resolves when it is gone */
  stop(): Promise<void>;
}

/**
 * Starts a Temporal development server on free ports of the loopback address and waits until it answers. It is
 * gone when this process ends, whatever ends it.
 *
 * @throws TemporalCliMissingError when there is no Temporal CLI, ServerStartError when it does not start
 */
export async function startTemporalServer(options: TemporalServerOptions = {}): Promise<TemporalServer> {
  const env = options.env ?? process.env;
  const command = await findTemporalCli({ env, onWait: options.onWait });
  if (options.dataFile !== undefined) await mkdir(dirname(resolve(options.dataFile)), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnFreePorts(command, env, options);
    } catch (error) {
      const portTaken = error instanceof ServerStartError && /address already in use/i.test(error.logTail);
      if (!portTaken || options.port !== undefined || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

/** The server that `TEMPORAL_ADDRESS` names (its namespace by `TEMPORAL_NAMESPACE`), else one started for the tests. */
export async function temporalForTests(options: TemporalServerOptions = {}): Promise<TemporalServer> {
  const env = options.env ?? process.env;
  const address = env['TEMPORAL_ADDRESS'];
  if (!address) return startTemporalServer(options);
  return { address, namespace: env['TEMPORAL_NAMESPACE'] || NAMESPACE, stop: async () => undefined };
}

async function startOnFreePorts(
  command: string,
  env: NodeJS.ProcessEnv,
  options: TemporalServerOptions,
): Promise<TemporalServer> {
  const port = options.port ?? (await freePort());
  const [metricsPort, httpPort] = [await freePort(), await freePort()];
  const uiPort = options.uiPort === true ? await freePort() : options.uiPort;
  const address = `${LOOPBACK}:${port}`;
  const folder = await mkdtemp(join(tmpdir(), 'xqg-temporal-'));
  const guarded: GuardedProcess = await startGuarded({
    name: 'Temporal server',
    command,
    args: [
      ...['server', 'start-dev', '--ip', LOOPBACK, '--port', String(port)],
      ...['--metrics-port', String(metricsPort), '--http-port', String(httpPort)],
      ...(uiPort === undefined ? ['--headless'] : ['--ui-ip', LOOPBACK, '--ui-port', String(uiPort)]),
      ...(options.dataFile === undefined ? [] : ['--db-filename', resolve(options.dataFile)]),
      ...['--log-level', options.logLevel ?? 'warn'],
      // It would ask a host on the internet.
      ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
      // Priorities of runs: a server of 1.29 keeps them only with the new matcher.
      ...['--dynamic-config-value', 'matching.useNewMatcher=true'],
      // … and keeps them within a partition of a queue: one machine needs no more than one.
      ...['--dynamic-config-value', 'matching.numTaskqueueReadPartitions=1'],
      ...['--dynamic-config-value', 'matching.numTaskqueueWritePartitions=1'],
    ],
    env: withoutTemporalVariables(env),
    logFile: options.logFile ?? join(folder, 'temporal.log'),
    ready: () => answers(address),
    readyTimeoutMs: READY_TIMEOUT_MS,
    removeAtEnd: [folder],
  });
  return {
    address,
    namespace: NAMESPACE,
    pid: guarded.pid,
    ...(uiPort !== undefined && { uiAddress: `http://${LOOPBACK}:${uiPort}` }),
    stop: () => guarded.stop(),
  };
}

/** Whether the server serves its namespace. */
async function answers(address: string): Promise<boolean> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: '2s' });
    await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
    return true;
  } catch {
    return false;
  } finally {
    await connection?.close();
  }
}

/** The CLI takes flags from TEMPORAL_… variables, which are meant for clients of another server. */
function withoutTemporalVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function freePort(): Promise<number> {
  return getPort({ host: LOOPBACK });
}
