import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from './file-errors.js';
import { StoreAccessError } from './store.js';

/** A temporary file that nobody has touched for this long belongs to a writer that died. Milliseconds. */
const STRAY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Writes a new, complete and durable temporary file, and returns its path. It is removed when writing fails.
 *
 * @param folder where temporary files lie: on the same file system as the file's final place
 */
export async function writeTemporary(folder: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  await makeFolder(folder);
  const path = join(folder, randomUUID());
  const file = await open(path, 'wx');
  try {
    for await (const chunk of chunks) await writeFully(file, chunk);
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close().catch(ignore);
    await unlink(path).catch(ignore);
    throw error;
  }
  return path;
}

/** Puts a temporary file in its place, over what is there, and makes that durable. */
export async function publish(temporary: string, target: string): Promise<void> {
  try {
    await makeFolder(dirname(target));
    await rename(temporary, target);
  } catch (error) {
    await unlink(temporary).catch(ignore);
    throw error;
  }
  await syncFolder(dirname(target));
}

/** Puts a temporary file in its place if nothing is there. Returns whether it did. Removes the temporary file. */
export async function publishIfAbsent(temporary: string, target: string): Promise<boolean> {
  try {
    await makeFolder(dirname(target));
    await link(temporary, target);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    if (!(await isOurs(temporary))) {
      if ((await stat(target)).isDirectory()) throw Object.assign(new Error(target), { code: 'EISDIR' });
      return false;
    }
  } finally {
    await unlink(temporary).catch(ignore);
  }
  await syncFolder(dirname(target));
  return true;
}

/** Removes temporary files that writers left behind when they died. Never fails: this is tidying up. */
export async function removeStrays(folder: string, now = Date.now()): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const path = join(folder, name);
    const info = await stat(path).catch(ignore);
    if (info !== undefined && now - info.mtimeMs > STRAY_AFTER_MS) await unlink(path).catch(ignore);
  }
}

/** NFS may answer EEXIST to a link that it made, when its first answer was lost: the count of links tells. */
async function isOurs(temporary: string): Promise<boolean> {
  return (await stat(temporary)).nlink > 1;
}

async function writeFully(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let done = 0;
  // write(2) may write less than asked, for instance just before the disk is full.
  while (done < chunk.byteLength) {
    const { bytesWritten } = await file.write(chunk, done, chunk.byteLength - done);
    done += bytesWritten;
  }
}

/**
 * Makes a folder and those above it, each durable in the one above. Node's own recursive mkdir tries for ever
 * where no folder can be made, such as in /proc (seen with Node 20).
 */
async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = folder; !(await isFolder(at)); at = dirname(at)) missing.push(at);
  for (const path of missing.reverse()) {
    try {
      await mkdir(path);
    } catch (error) {
      // Another writer may have made it meanwhile.
      if (codeOf(error) === 'ENOENT') throw noFolderError(path, error);
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    await syncFolder(dirname(path));
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  throw Object.assign(new Error(`${path} is a file`), { code: 'ENOTDIR' });
}

function noFolderError(path: string, cause: unknown): StoreAccessError {
  return new StoreAccessError(
    `Making the folder ${path}: expected a file system that can hold it, found one that makes none there (ENOENT); choose another folder`,
    true,
    { cause },
  );
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems have no fsync for folders; they keep names durable themselves.
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'ENOTSUP') throw error;
  } finally {
    await handle.close();
  }
}

function ignore(): undefined {
  return undefined;
}
