import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { descendants } from '../cli/process-tree.js';

const program = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

/** Model processes of a worker, by their command. */
const MODEL_PROCESS = 'model-process.js';

export interface FleetOptions {
  /** Receives the workers' logs. */
  folder: string;
  /** For all workers. */
  env: NodeJS.ProcessEnv;
  /** How each reaches Temporal, as `host:port`: a worker that is replaced leaves its address to the next. */
  temporal: readonly string[];
}

/** One `xqg worker`, an operating system process of its own; its model processes are its children. */
export class WorkerProcess {
  constructor(
    readonly process: ChildProcess,
    /** Which of the fleet's places it has. */
    readonly place: number,
    private readonly logFile: string,
  ) {}

  /** Whether it takes work; before that, a signal ends it like any program. */
  async hasStarted(): Promise<boolean> {
    return (await readFile(this.logFile, 'utf8')).includes('"worker started"');
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Error('The worker could not be started');
    return this.process.pid;
  }

  get alive(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Resolves when it has ended. */
  async gone(): Promise<void> {
    if (this.alive) await once(this.process, 'exit');
  }

  /** Pids of its model processes. */
  async modelProcesses(): Promise<number[]> {
    const children = await descendants(this.pid);
    return children.filter(({ command }) => command.includes(MODEL_PROCESS)).map(({ pid }) => pid);
  }
}

/** The workers of a run. One that ends by itself is replaced, as an orchestrator of containers would; it is counted. */
export class WorkerFleet {
  readonly workers: WorkerProcess[] = [];
  /** Ends that nobody had asked for, by exit code or signal. */
  readonly surprises: string[] = [];
  private started = 0;
  private stopping = false;
  private readonly wanted = new Set<WorkerProcess>();

  constructor(private readonly options: FleetOptions) {
    options.temporal.forEach((_, place) => this.start(place));
    process.once('exit', this.killAll);
  }

  /** A worker at a place, in the place of one that is being ended. */
  start(place: number, env: NodeJS.ProcessEnv = {}): WorkerProcess {
    const { folder, temporal } = this.options;
    const logFile = join(folder, `worker-${place}-${this.started++}.log`);
    const log = openSync(logFile, 'a');
    const args = ['worker', '--processes', '1', '--threads', '1', '--log-level', 'info'];
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, ...this.options.env, ...env, TEMPORAL_ADDRESS: temporal[place] },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const worker = new WorkerProcess(child, place, logFile);
    this.workers[place] = worker;
    child.once('exit', (code, signal) => {
      if (this.stopping || this.wanted.has(worker)) return;
      this.surprises.push(signal ?? `exit code ${String(code)}`);
      this.start(place, env);
    });
    return worker;
  }

  /** Sends a signal that is meant to end a worker; it will be no surprise. */
  end(worker: WorkerProcess, signal: 'SIGKILL' | 'SIGTERM'): void {
    this.wanted.add(worker);
    worker.process.kill(signal);
  }

  private readonly killAll = (): void => {
    for (const { process: child } of this.workers) child.kill('SIGKILL');
  };

  /** Ends all workers at once. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.killAll();
    process.off('exit', this.killAll);
    await Promise.all(this.workers.map((worker) => worker.gone()));
  }
}
