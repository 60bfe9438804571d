import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { readSealed, type SealedRecord } from '../artifacts/records.js';
import { CorruptArtifactError } from '../errors.js';
import { ObjectNotFoundError, type Store } from '../store/store.js';
import type { Damage, Verification, VerifyProgress } from './damage.js';

const ABSENT = 'no such object';

/** Collects what a verification finds, and reads objects for it in a bounded amount of memory. */
export class VerificationLog {
  private readonly seen: Verification;
  private totalBytes = 0;

  constructor(
    readonly store: Store,
    runId: string,
    private readonly onProgress: (progress: VerifyProgress) => void = () => undefined,
    private readonly signal?: AbortSignal,
  ) {
    this.seen = { runId, objects: 0, bytes: 0, damage: [], unfinished: [] };
  }

  result(): Verification {
    const { damage, unfinished } = this.seen;
    const order = ({ stage, shard = -1, object }: Damage) =>
      `${stage} ${String(shard + 1).padStart(9, '0')} ${object}`;
    damage.sort((a, b) => (order(a) < order(b) ? -1 : 1));
    return { ...this.seen, damage: [...damage], unfinished: [...unfinished] };
  }

  expectBytes(bytes: number): void {
    this.totalBytes += bytes;
  }

  unfinished(stage: string): void {
    this.seen.unfinished.push(stage);
  }

  add(damage: Damage): void {
    this.seen.damage.push(damage);
  }

  /** Reads a record. When it is damaged, or required and not there, that is noted, and it is undefined. */
  async record<T>(
    damage: Omit<Damage, 'expected' | 'found'>,
    schema: z.ZodType<T>,
    required: boolean,
  ): Promise<SealedRecord<T> | undefined> {
    this.signal?.throwIfAborted();
    try {
      const found = await readSealed(this.store, damage.object, schema);
      if (found !== undefined) this.passed(damage.stage, 0);
      else if (required) this.add({ ...damage, expected: 'a record', found: ABSENT });
      return found;
    } catch (error) {
      if (!(error instanceof CorruptArtifactError)) throw error;
      this.passed(damage.stage, 0);
      this.add({ ...damage, expected: error.expected, found: error.found });
      return undefined;
    }
  }

  /** Hashes an object as a stream and compares it with what it has to be. */
  async object(
    damage: Omit<Damage, 'expected' | 'found'>,
    expected: { bytes: number; sha256: string },
  ): Promise<void> {
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const chunk of this.store.getStream(damage.object)) {
        this.signal?.throwIfAborted();
        hash.update(chunk);
        bytes += chunk.byteLength;
        this.passed(damage.stage, chunk.byteLength, 0);
      }
    } catch (error) {
      if (!(error instanceof ObjectNotFoundError)) throw error;
      this.add({ ...damage, expected: sizeAndHash(expected), found: ABSENT });
      return;
    }
    this.passed(damage.stage, 0);
    const found = { bytes, sha256: hash.digest('hex') };
    if (found.bytes !== expected.bytes || found.sha256 !== expected.sha256)
      this.add({ ...damage, expected: sizeAndHash(expected), found: sizeAndHash(found) });
  }

  private passed(stage: string, bytes: number, objects = 1): void {
    this.seen.objects += objects;
    this.seen.bytes += bytes;
    const { objects: all, bytes: read } = this.seen;
    this.onProgress({ stage, objects: all, bytes: read, totalBytes: this.totalBytes });
  }
}

function sizeAndHash({ bytes, sha256 }: { bytes: number; sha256: string }): string {
  return `${bytes} bytes of sha256 ${sha256}`;
}
