import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import pRetry, { AbortError } from 'p-retry';
import { InvalidInputError, messageOf } from '../errors.js';

const ATTEMPTS = 5;

/** No byte for so long, and the attempt is given up; the next goes on where it stopped. */
const STALLED_MS = 60_000;

/**
 * The local copy of a file on the web, downloaded once and kept by its checksum. What an attempt has written, the
 * next one goes on with where the server can, also after the process has died.
 *
 * @param sha256 of the file as the server has it, in hex
 * @throws InvalidInputError when there is no checksum, the server refuses, or the content is another
 */
export async function downloadedFile(
  url: string,
  sha256: string | undefined,
  folder = defaultDownloadDir(),
): Promise<string> {
  if (sha256 === undefined) {
    throw new InvalidInputError(
      `Reading ${url}: expected its checksum, found none; give \`files: { path: ${url}, sha256: … }\``,
    );
  }
  const target = join(folder, sha256);
  if (await exists(target)) return target;
  await mkdir(folder, { recursive: true });
  const name = `${sha256}.${process.pid}-${randomUUID().slice(0, 8)}.part`;
  const part = join(folder, name);
  working.add(name);
  try {
    const adopted = await adoptAbandoned(folder, sha256, part);
    await download(url, part);
    let found = await sha256OfFile(part);
    if (found !== sha256 && adopted) {
      // What was left may have been of no use.
      await rm(part, { force: true });
      await download(url, part);
      found = await sha256OfFile(part);
    }
    if (found !== sha256) {
      await rm(part, { force: true });
      throw new InvalidInputError(
        `Reading ${url}: expected sha256 ${sha256}, found ${found}; the file is another than it was, or its \`sha256\` is wrong`,
      );
    }
    await rename(part, target);
    return target;
  } finally {
    working.delete(name);
  }
}

/** Parts that this process is writing. */
const working = new Set<string>();

/** `$XDG_CACHE_HOME/xqg/downloads`, else `~/.cache/xqg/downloads` */
function defaultDownloadDir(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'xqg', 'downloads');
}

/** Takes over what a dead process left of the same file. Renaming is atomic: only one taker gets it. */
async function adoptAbandoned(folder: string, sha256: string, part: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    const pid = new RegExp(`^${sha256}\\.(\\d+)-[0-9a-f]+\\.part$`).exec(name)?.[1];
    if (pid === undefined || working.has(name)) continue;
    if (Number(pid) !== process.pid && isAlive(Number(pid))) continue;
    const taken = await rename(join(folder, name), part).then(
      () => true,
      () => false,
    );
    if (taken) return true;
  }
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function download(url: string, part: string): Promise<void> {
  const once = () =>
    attempt(url, part).catch((error: unknown) => {
      // fetch says "fetch failed", and why in the cause.
      const { cause } = error as Error;
      throw error instanceof AbortError ? error : new Error(messageOf(cause ?? error), { cause: error });
    });
  try {
    await pRetry(once, { retries: ATTEMPTS - 1, minTimeout: 500, maxTimeout: 10_000 });
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new Error(`Downloading ${url}: ${messageOf(error)} (${ATTEMPTS} attempts)`, { cause: error });
  }
}

async function attempt(url: string, part: string): Promise<void> {
  const have = (await stat(part).catch(() => undefined))?.size ?? 0;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error('the server sends nothing')), STALLED_MS);
  try {
    const headers = new Headers(have > 0 ? { range: `bytes=${have}-` } : undefined);
    const response = await fetch(url, { headers, signal: stalled.signal });
    // Nothing is missing: all of it has been written already.
    if (response.status === 416 && have > 0) return;
    if (!response.ok || response.body === null) throw refusal(url, response);
    const resumed = response.status === 206;
    const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
    body.on('data', () => timer.refresh());
    const signal = stalled.signal;
    await pipeline(body, createWriteStream(part, { flags: resumed ? 'a' : 'w' }), { signal });
  } finally {
    clearTimeout(timer);
  }
}

/** A refusal that another attempt would meet again is the user's to mend. */
function refusal(url: string, response: Response): Error {
  const status = `${response.status} ${response.statusText}`.trim();
  const retried = response.status >= 500 || [408, 425, 429].includes(response.status);
  if (retried) return new Error(`the server answers ${status}`);
  return new AbortError(
    new InvalidInputError(`Reading ${url}: expected the file, found that the server answers ${status}`),
  );
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
