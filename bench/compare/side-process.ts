import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { projectRoot } from '../../core/project-root.js';
import type { ProcessSettings } from '../../workers/process-settings.js';

/** A round's time, measured in the side's own process, and other figures that it tells. */
export interface Round {
  seconds: number;
  values: Record<string, number>;
}

/** One of those that are compared: a process that has everything loaded and works when it is asked to. */
export interface Side {
  name: string;
  /** Does the work once. */
  run(): Promise<Round>;
  /** Writes what the last round gave into a file, for the check. */
  save(path: string): Promise<void>;
  close(): Promise<void>;
}

const ReplySchema = z.union([
  z.strictObject({ ready: z.literal(true) }),
  z.strictObject({ seconds: z.number().min(0), values: z.record(z.string(), z.number()).default({}) }),
  z.strictObject({ saved: z.literal(true) }),
]);
type Reply = z.infer<typeof ReplySchema>;

interface Start {
  name: string;
  threads: number;
  /** What the side has to know; it gets it as JSON on its command line. */
  input: object;
  /** Of a process of the product in the side's place. */
  settings?: ProcessSettings;
}

/** Starts one of our sides: `sides/<module>.ts`, which calls `serveSide`. */
export function startOurSide(module: string, start: Start): Promise<Side> {
  const program = fileURLToPath(new URL(`./sides/${module}.js`, import.meta.url));
  return startSide([process.execPath, ...(start.settings?.execArgv ?? []), program], start);
}

/** Starts a Python peer: `python/<module>.py`, which calls `serve`. */
export function startPythonSide(python: string, module: string, start: Start): Promise<Side> {
  return startSide([python, join(projectRoot(), 'bench/compare/python', `${module}.py`)], start);
}

async function startSide(
  [command = '', ...args]: string[],
  { name, threads, input, settings }: Start,
): Promise<Side> {
  const count = String(threads);
  const child = spawn(command, [...args, JSON.stringify(input)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...settings?.env,
      OMP_NUM_THREADS: count,
      MKL_NUM_THREADS: count,
      OPENBLAS_NUM_THREADS: count,
      RAYON_NUM_THREADS: count,
      HF_HUB_OFFLINE: '1',
    },
  });
  const side = new SideProcess(name, child);
  const reply = await side.reply();
  if (!('ready' in reply)) throw new Error(`Starting ${name}: expected it to say that it is ready`);
  return side;
}

const KEPT_CHARACTERS = 4000;

class SideProcess implements Side {
  private readonly lines: AsyncIterator<string>;
  /** The end of what it printed on stderr. */
  private printed = '';

  constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    if (!child.stdout || !child.stderr) throw new Error(`Starting ${name}: it has no pipes`);
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.printed = (this.printed + text).slice(-KEPT_CHARACTERS);
    });
  }

  async run(): Promise<Round> {
    const reply = await this.ask({ do: 'run' });
    if (!('seconds' in reply)) throw this.unexpected('the seconds of a round', reply);
    return reply;
  }

  async save(path: string): Promise<void> {
    const reply = await this.ask({ do: 'save', path });
    if (!('saved' in reply)) throw this.unexpected('that it has saved', reply);
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.stdin?.end();
    const kill = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(kill);
  }

  async reply(): Promise<Reply> {
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error(`${this.name} ended before it answered:\n${this.printed}`);
    return ReplySchema.parse(JSON.parse(value));
  }

  private async ask(request: object): Promise<Reply> {
    this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    return this.reply();
  }

  private unexpected(expected: string, found: Reply): Error {
    return new Error(`Asking ${this.name}: expected ${expected}, found ${JSON.stringify(found)}`);
  }
}
