import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { createReadStream, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { splitLines } from './lines.js';

/** Characters of JSON held in memory, over all buckets. */
const MEMORY_CHARACTERS = 8 * 1024 * 1024;

/**
 * Values sorted into buckets that may together be far larger than memory: small amounts stay in memory, the rest
 * goes to one temporary file a bucket, as JSON lines. A bucket gives its values back in the order in which they
 * came.
 */
export class Spill<T> {
  private held: string[][];
  private heldCharacters = 0;
  private folder: string | undefined;

  constructor(
    buckets: number,
    private readonly tempDir = tmpdir(),
    private readonly memoryCharacters = MEMORY_CHARACTERS,
  ) {
    this.held = Array.from({ length: buckets }, () => []);
  }

  get buckets(): number {
    return this.held.length;
  }

  /** Adds a value. Await {@link settle} after every few thousand. */
  add(bucket: number, value: T): void {
    const json = JSON.stringify(value);
    this.heldIn(bucket).push(json);
    this.heldCharacters += json.length + 16;
  }

  /** Writes out what is held when that has become too much. */
  async settle(): Promise<void> {
    if (this.heldCharacters < this.memoryCharacters) return;
    this.folder ??= await mkdtemp(join(this.tempDir, 'xqg-spill-'));
    for (const [bucket, lines] of this.held.entries()) {
      if (lines.length > 0) await appendFile(this.path(bucket), lines.join('\n') + '\n');
    }
    this.held = this.held.map(() => []);
    this.heldCharacters = 0;
  }

  /** The values of a bucket, in batches. */
  async *read(bucket: number): AsyncGenerator<T[]> {
    if (this.folder !== undefined && existsSync(this.path(bucket))) {
      for await (const lines of splitLines(createReadStream(this.path(bucket)), Infinity)) {
        yield lines.map((line) => JSON.parse(line.bytes.toString('utf8')) as T);
      }
    }
    yield this.heldIn(bucket).map((json) => JSON.parse(json) as T);
  }

  /** Forgets a bucket, freeing its space. */
  async drop(bucket: number): Promise<void> {
    this.held[bucket] = [];
    if (this.folder !== undefined) await rm(this.path(bucket), { force: true });
  }

  /** Forgets everything. */
  async dispose(): Promise<void> {
    this.held = this.held.map(() => []);
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
    this.folder = undefined;
  }

  private heldIn(bucket: number): string[] {
    const lines = this.held[bucket];
    if (!lines) throw new RangeError(`Expected a bucket below ${this.held.length}, found ${bucket}`);
    return lines;
  }

  private path(bucket: number): string {
    return join(this.folder ?? '', `bucket-${String(bucket).padStart(5, '0')}.jsonl`);
  }
}

/** FNV-1a over UTF-16 units: which of `buckets` an identifier belongs to. */
export function bucketOf(id: string, buckets: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % buckets;
}
