import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { InvalidInputError } from '../core/errors.js';
import { isExecutable } from './cache.js';

/** The path of a program that an environment variable names. Undefined when the variable is absent or empty. */
export async function binaryFromVariable(
  variable: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  const path = env[variable];
  if (!path) return undefined;
  if (await isExecutable(path)) return path;
  throw new InvalidInputError(
    `Looking for the program that ${variable} names: expected an executable file, found none at ${path}; correct ${variable} or unset it`,
  );
}

/** The first program of that name on PATH. */
export async function binaryOnPath(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/** How a command that was run to its end went. */
export interface CommandResult {
  ok: boolean;
  /** The last of what it printed to standard error, or why it could not be run */
  message: string;
}

/** Runs a command to its end, at most `timeoutMs`; it is ended after that. */
export async function runCommand(
  command: string,
  args: string[],
  options: { env: NodeJS.ProcessEnv; timeoutMs: number; signal?: AbortSignal },
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: options.env,
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      signal: options.signal,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let printed = '';
    child.stderr.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString('utf8')).slice(-2000)));
    child.on('error', (error) => resolve({ ok: false, message: error.message }));
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `ended by ${signal}`;
      resolve({ ok: code === 0, message: printed.trim() || how });
    });
  });
}

/**
 * Builds a Go program into a folder. Returns its path, or undefined with the reason told to `onFailure`.
 *
 * @param module package path and version: `github.com/versity/versitygw/cmd/versitygw@v1.8.0`
 */
export async function goInstall(
  go: string,
  module: string,
  folder: string,
  options: { env: NodeJS.ProcessEnv; onFailure: (reason: string) => void },
): Promise<string | undefined> {
  const result = await runCommand(go, ['install', module], {
    env: { ...options.env, GOBIN: folder },
    timeoutMs: 20 * 60_000,
  });
  const name = module.slice(module.lastIndexOf('/') + 1, module.indexOf('@'));
  const path = join(folder, name);
  if (result.ok && (await isExecutable(path))) return path;
  options.onFailure(`go install ${module}: ${result.message}`);
  return undefined;
}
