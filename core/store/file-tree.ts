import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './file-errors.js';
import { compareKeys, TEMPORARY_FOLDER } from './keys.js';
import type { ObjectInfo } from './store.js';

interface Entry {
  key: string;
  isFolder: boolean;
  /** `key`, and a final `/` for a folder: sorting by it puts whole subtrees where their keys belong. */
  order: string;
}

/**
 * Walks the files below a folder whose key starts with `prefix` and comes after `after`, in ascending order of
 * the whole key's UTF-8 bytes, as S3 lists. Only the names of the folders on the way down are held in memory,
 * and subtrees that cannot match are not read. Symbolic links are followed. Files that vanish meanwhile are left out.
 *
 * @param root the store's folder
 * @throws the file system's errors, except for what is not there
 */
export async function* walkFiles(root: string, prefix: string, after: string): AsyncGenerator<ObjectInfo> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walkFolder(root, folder, prefix, after);
}

async function* walkFolder(
  root: string,
  /** '' or a key with a final `/` */
  folder: string,
  prefix: string,
  after: string,
): AsyncGenerator<ObjectInfo> {
  for (const entry of await entriesOf(root, folder)) {
    if (entry.isFolder) {
      const mayMatch = entry.order.startsWith(prefix) || prefix.startsWith(entry.order);
      const mayFollow = after.startsWith(entry.order) || compareKeys(entry.order, after) > 0;
      if (mayMatch && mayFollow) yield* walkFolder(root, entry.order, prefix, after);
    } else if (entry.key.startsWith(prefix) && compareKeys(entry.key, after) > 0) {
      const info = await fileInfo(join(root, entry.key));
      if (info !== undefined) yield { key: entry.key, ...info };
    }
  }
}

async function entriesOf(root: string, folder: string): Promise<Entry[]> {
  let found;
  try {
    found = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    // Below the root, a missing folder only means that nothing has this prefix. So does a file there,
    // but at the root it is the user's mistake.
    const code = codeOf(error);
    if (code === 'ENOENT' || (code === 'ENOTDIR' && folder !== '')) return [];
    throw error;
  }
  const entries: Entry[] = [];
  for (const item of found) {
    const key = folder + item.name;
    if (key === TEMPORARY_FOLDER) continue;
    const isFolder = item.isSymbolicLink() ? await leadsToFolder(join(root, key)) : item.isDirectory();
    entries.push({ key, isFolder, order: isFolder ? `${key}/` : key });
  }
  return entries.sort((a, b) => compareKeys(a.order, b.order));
}

async function leadsToFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Bytes and time of a regular file; undefined when it is none or is gone. */
export async function fileInfo(path: string): Promise<Omit<ObjectInfo, 'key'> | undefined> {
  try {
    const info = await stat(path);
    return info.isFile() ? { size: info.size, lastModified: info.mtime } : undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
