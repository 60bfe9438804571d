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
  yield* walkFolder(root, folderOf(prefix), prefix, after);
}

/**
 * Walks the folders right below a prefix that come after `after` and have a file somewhere in them, in ascending
 * order: as S3 groups keys by a delimiter. Keys with a final `/`.
 */
export async function* walkFolders(root: string, prefix: string, after: string): AsyncGenerator<string> {
  for (const { order, isFolder } of await entriesOf(root, folderOf(prefix), prefix, after)) {
    if (!isFolder || compareKeys(order, after) <= 0) continue;
    // Deleting leaves folders behind, which are none in S3.
    const { done } = await walkFiles(root, order, '').next();
    if (done !== true) yield order;
  }
}

/** What a prefix has up to its last `/`. */
function folderOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf('/') + 1);
}

async function* walkFolder(
  root: string,
  /** '' or a key with a final `/` */
  folder: string,
  prefix: string,
  after: string,
): AsyncGenerator<ObjectInfo> {
  for (const entry of await entriesOf(root, folder, prefix, after)) {
    if (entry.isFolder) yield* walkFolder(root, entry.order, prefix, after);
    else {
      const info = await fileInfo(join(root, entry.key));
      if (info !== undefined) yield { key: entry.key, ...info };
    }
  }
}

/** Files of a folder that match, and folders in which a file may, in order. */
async function entriesOf(root: string, folder: string, prefix: string, after: string): Promise<Entry[]> {
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
    const order = isFolder ? `${key}/` : key;
    const matches = order.startsWith(prefix) || (isFolder && prefix.startsWith(order));
    const follows = (isFolder && after.startsWith(order)) || compareKeys(order, after) > 0;
    // Sorting is the cost of a large folder, of which each page is sorted anew: what cannot be asked for stays out.
    if (matches && follows) entries.push({ key, isFolder, order });
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
