import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../../core/project-root.js';

const main = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

export interface Ended {
  /** Null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  process: ChildProcess;
  ended: Promise<Ended>;
}

export interface XqgOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** Starts the real command line as a process of its own, without settings of the caller's environment. */
export function startXqg(args: readonly string[], { cwd, env = {} }: XqgOptions = {}): Running {
  const own = Object.entries(process.env).filter(([name]) => !/^(TEMPORAL_|XQG_(STORE|LOG))/.test(name));
  const child = spawn(process.execPath, [main, ...args], {
    cwd: cwd ?? tmpdir(),
    env: { ...Object.fromEntries(own), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = (async (): Promise<Ended> => {
    const [stdout, stderr, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
    ]);
    return { code, signal, stdout, stderr };
  })();
  return { process: child, ended };
}

export function xqg(args: readonly string[], options?: XqgOptions): Promise<Ended> {
  return startXqg(args, options).ended;
}

/** Runs a command that should succeed. Returns what it printed. */
export async function xqgDone(args: readonly string[], options?: XqgOptions): Promise<Ended> {
  const ended = await xqg(args, options);
  assert.equal(ended.code, 0, `xqg ${args.join(' ')}\n${ended.stderr}`);
  return ended;
}

/** Runs a command that should be refused as wrong input. Returns the message. */
export async function xqgRefused(args: readonly string[], options?: XqgOptions): Promise<string> {
  const { code, stdout, stderr } = await xqg(args, options);
  assert.equal(code, 2, `xqg ${args.join(' ')}\n${stdout}${stderr}`);
  assert.equal(stdout, '');
  // A message for the user, not for whoever wrote the program.
  assert.doesNotMatch(stderr, /^\s+at .*\.js:\d+/m);
  return stderr;
}

/** A temporary folder for a suite, removed after it. */
export function suiteFolder(): { path(name?: string): string; names(): Promise<string[]> } {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-cli-'));
  });
  after(() => rm(folder, { recursive: true }));
  return {
    path: (name = '.') => join(folder, name),
    names: async () => (await readdir(folder)).sort(),
  };
}

export const goldenModel = {
  encoder: join(projectRoot(), 'test/golden/encoder/tiny-bert'),
  generator: join(projectRoot(), 'test/golden/generator/mt5'),
};

export const bundledModel = {
  encoder: join(projectRoot(), 'models/multilingual-e5-small-q4'),
  generator: join(projectRoot(), 'models/xqg-mini'),
};
