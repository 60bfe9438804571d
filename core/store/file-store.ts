import { open, readdir, readFile, rm, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { publish, publishIfAbsent, removeStrays, writeTemporary } from './atomic-file.js';
import { codeOf, fileStoreError } from './file-errors.js';
import { fileInfo, walkFiles, walkFolders } from './file-tree.js';
import { checkKey, checkPrefix, checkRange, pageSize, TEMPORARY_FOLDER } from './keys.js';
import { ObjectNotFoundError } from './store.js';
import type { FolderPage, ListPage, ObjectInfo, Store, UnfinishedWrite } from './store.js';

/** Bytes of a chunk of `getStream`. */
const CHUNK_BYTES = 1 << 20;

/**
 * A local folder as a store: an object is the file of the same path. A write goes to a temporary file in
 * `.xqg-tmp`, is flushed to the disk, and is then renamed (or, if it must not exist, linked) into place, so
 * that a reader never sees a part of it, not even after a power failure. The folder is made by the first write.
 *
 * Unlike in S3, an object cannot have the name of a folder: with `a/b` there can be no `a`.
 */
export class FileStore implements Store {
  readonly uri: string;
  readonly #root: string;
  readonly #temporary: string;
  #tidied: Promise<void> | undefined;

  /** @param root absolute path of the folder; it need not exist */
  constructor(root: string) {
    this.#root = root;
    this.#temporary = join(root, TEMPORARY_FOLDER);
    this.uri = pathToFileURL(root).href.replace(/\/$/, '');
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    await this.putStream(key, chunkOf(body));
  }

  async putIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    return this.#explain('Writing', key, async (path) => {
      if ((await fileInfo(path)) !== undefined) return false;
      return publishIfAbsent(await this.#write(chunkOf(body)), path);
    });
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#explain('Writing', key, async (path) => publish(await this.#write(chunks), path));
  }

  async get(key: string): Promise<Uint8Array> {
    return this.#explain('Reading', key, async (path) => readFile(path));
  }

  async getRange(key: string, start: number, end: number): Promise<Uint8Array> {
    checkRange(this.#uriOf(key), start, end);
    return this.#explain('Reading', key, async (path) => {
      const file = await open(path, 'r');
      try {
        const { size } = await file.stat();
        return await readRange(file, start, Math.min(end, size));
      } finally {
        await file.close();
      }
    });
  }

  async *getStream(key: string): AsyncIterable<Uint8Array> {
    const file = await this.#explain('Reading', key, async (path) => open(path, 'r'));
    try {
      for (let at = 0; ;) {
        const chunk = await this.#explain('Reading', key, async () => readRange(file, at, at + CHUNK_BYTES));
        if (chunk.byteLength === 0) return;
        at += chunk.byteLength;
        yield chunk;
      }
    } finally {
      await file.close();
    }
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const info = await this.#explain('Looking for', key, fileInfo);
    return info && { key, ...info };
  }

  async list(prefix: string, options: { after?: string; limit?: number } = {}): Promise<ListPage> {
    const { items, more } = await this.#page(prefix, options, walkFiles);
    const last = items.at(-1);
    return { objects: items, ...(more && last !== undefined && { next: last.key }) };
  }

  async listFolders(prefix: string, options: { after?: string; limit?: number } = {}): Promise<FolderPage> {
    const { items, more } = await this.#page(prefix, options, walkFolders);
    const last = items.at(-1);
    return { folders: items, ...(more && last !== undefined && { next: last }) };
  }

  async delete(key: string): Promise<void> {
    await this.#explain('Deleting', key, async (path) => {
      try {
        // Folders left empty stay: removing them could pull one away under a concurrent write.
        await unlink(path);
      } catch (error) {
        const code = codeOf(error);
        if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
      }
    });
  }

  async *listUnfinished(): AsyncIterable<UnfinishedWrite> {
    const names = await readdir(this.#temporary).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return [];
      throw fileStoreError(error, 'Listing', this.#uriOf(TEMPORARY_FOLDER));
    });
    for (const id of names) {
      const info = await fileInfo(join(this.#temporary, id));
      if (info !== undefined) yield { id, size: info.size, since: info.lastModified };
    }
  }

  async discardUnfinished({ id }: UnfinishedWrite): Promise<void> {
    await rm(join(this.#temporary, basename(id)), { force: true });
  }

  async close(): Promise<void> {
    await this.#tidied;
  }

  /** The first items of a walk below `prefix`, and whether there are more. */
  async #page<T>(
    prefix: string,
    options: { after?: string; limit?: number },
    walk: (root: string, prefix: string, after: string) => AsyncIterable<T>,
  ): Promise<{ items: T[]; more: boolean }> {
    checkPrefix(prefix);
    const limit = pageSize(options.limit);
    const items: T[] = [];
    try {
      for await (const item of walk(this.#root, prefix, options.after ?? '')) {
        if (items.length === limit) return { items, more: true };
        items.push(item);
      }
    } catch (error) {
      throw fileStoreError(error, 'Listing', this.#uriOf(prefix));
    }
    return { items, more: false };
  }

  async #write(chunks: AsyncIterable<Uint8Array>): Promise<string> {
    this.#tidied ??= removeStrays(this.#temporary);
    return writeTemporary(this.#temporary, chunks);
  }

  /** Runs one operation on the path of a key, and turns the file system's errors into the store's. */
  async #explain<T>(operation: string, key: string, act: (path: string) => Promise<T>): Promise<T> {
    checkKey(key);
    try {
      return await act(join(this.#root, key));
    } catch (error) {
      const code = codeOf(error);
      const isAbsent = code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR';
      if (operation === 'Reading' && isAbsent) throw new ObjectNotFoundError(this.#uriOf(key));
      throw fileStoreError(error, operation, this.#uriOf(key));
    }
  }

  #uriOf(key: string): string {
    return `${this.uri}/${key}`;
  }
}

async function* chunkOf(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

/** Reads bytes [start, end), or fewer when the file ends before. */
async function readRange(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.max(0, end - start));
  let done = 0;
  while (done < buffer.byteLength) {
    const { bytesRead } = await file.read(buffer, done, buffer.byteLength - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
