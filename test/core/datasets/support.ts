import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { DatasetContext } from '../../../core/datasets/context.js';
import { openStore } from '../../../core/store/open-store.js';

/** A temporary folder of input files, and the context that reads from it. */
export class Folder {
  private constructor(
    readonly path: string,
    readonly context: DatasetContext,
  ) {}

  static async make(): Promise<Folder> {
    const path = await mkdtemp(join(tmpdir(), 'xqg-data-'));
    return new Folder(path, { baseDir: path, openStore: (uri) => openStore(uri), tempDir: path });
  }

  /** Writes a file, gzipped when its name ends in `.gz`. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, name.endsWith('.gz') ? gzipSync(content) : content);
    return path;
  }

  names(folder = '.'): Promise<string[]> {
    return readdir(join(this.path, folder));
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true });
  }
}

export async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}

export const jsonl = (...records: unknown[]): string =>
  records.map((record) => JSON.stringify(record) + '\n').join('');

export const failing = { onBadRecord: 'fail', maxBadRecords: 0 } as const;
export const lenient = { onBadRecord: 'quarantine', maxBadRecords: 10 } as const;

/** The message with which a promise is refused as the user's mistake. */
export async function refusalOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.equal(error.name, 'InvalidInputError', error.stack);
    return error.message;
  }
  assert.fail('expected to be refused');
}
