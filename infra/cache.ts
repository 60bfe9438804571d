import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A lock whose holder has not renewed it for this long belongs to a process that died. */
const STALE_AFTER_MS = 30_000;
const RENEW_EVERY_MS = 5_000;
const LOOK_EVERY_MS = 250;

/** Told what is being waited for, in one line for people. */
export type OnWait = (message: string) => void;

/** Where fetched and built programs are kept: `XQG_CACHE_DIR`, else `XDG_CACHE_HOME/xqg`, else `~/.cache/xqg`. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['XQG_CACHE_DIR']) return env['XQG_CACHE_DIR'];
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'xqg');
}

/** The path that a program has in the cache, there or not. */
export function cachedBinaryPath(name: string, env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheFolder(env), 'bin', name);
}

/** Whether a file is there and may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/**
 * The path of a program in the cache, made by `make` unless it is there. Of several processes that ask at once,
 * one makes it and the others wait. `make` gets an empty folder of its own and returns the path in it of the
 * finished program, or undefined if it can't be made; only a finished program enters the cache, by a rename.
 */
export async function cachedBinary(
  name: string,
  make: (folder: string) => Promise<string | undefined>,
  options: { env?: NodeJS.ProcessEnv; onWait?: OnWait } = {},
): Promise<string | undefined> {
  const path = cachedBinaryPath(name, options.env);
  if (await isExecutable(path)) return path;
  const folder = join(cacheFolder(options.env), 'bin');
  await mkdir(folder, { recursive: true });
  const lock = join(folder, `.${name}.lock`);
  const unlock = await holdLock(lock, () =>
    options.onWait?.(`Waiting for another process that is making ${name}`),
  );
  const work = join(folder, `.making-${name}-${randomUUID()}`);
  try {
    if (await isExecutable(path)) return path;
    await mkdir(work);
    const made = await make(work);
    if (made === undefined) return undefined;
    await rename(made, path);
    return path;
  } finally {
    // Go writes its module cache read-only, but not into this folder; force covers what was never made.
    await rm(work, { recursive: true, force: true });
    await unlock();
  }
}

/**
 * Waits for and takes a lock file, renewed while this process lives. Returns what gives it back. After a crash
 * two processes may in rare cases both take over the stale lock; that costs time only, as results are renamed
 * into place whole.
 */
async function holdLock(path: string, onWait: () => void): Promise<() => Promise<void>> {
  let told = false;
  while (!(await tryLock(path))) {
    if (await isStale(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!told) onWait();
    told = true;
    await delay(LOOK_EVERY_MS);
  }
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined); // Taken over by someone who thought us dead: harmless.
  }, RENEW_EVERY_MS);
  renewal.unref();
  return async () => {
    clearInterval(renewal);
    await rm(path, { force: true });
  };
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function isStale(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs > STALE_AFTER_MS;
}
