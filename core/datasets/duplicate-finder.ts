import { bucketOf, Spill } from './spill.js';

const BUCKETS = 256;

/** Where a record stands: its place among all records read, its file, and its line or row there. */
export interface Place {
  /** 0-based, over all files */
  ordinal: number;
  /** Index of the file. */
  file: number;
  /** 1-based line or row */
  position: number;
}

export interface Duplicate {
  id: string;
  first: Place;
  second: Place;
}

type Entry = [id: string, ordinal: number, file: number, position: number];

/**
 * Finds identifiers that occur twice, exactly, among many more than fit in memory: they are parted by hash into
 * buckets on disk, and each bucket is then looked at alone. 18 million identifiers need about 1 GB of disk and
 * 70,000 of them in memory at once.
 */
export class DuplicateFinder {
  private readonly spill: Spill<Entry>;

  constructor(tempDir?: string, memoryCharacters?: number) {
    this.spill = new Spill(BUCKETS, tempDir, memoryCharacters);
  }

  /** Await {@link settle} after every few thousand. */
  add(id: string, place: Place): void {
    this.spill.add(bucketOf(id, BUCKETS), [id, place.ordinal, place.file, place.position]);
  }

  settle(): Promise<void> {
    return this.spill.settle();
  }

  /** Every occurrence of an identifier after its first, in no particular order. */
  async *duplicates(): AsyncGenerator<Duplicate> {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const seen = new Map<string, Place>();
      for await (const entries of this.spill.read(bucket)) {
        for (const [id, ordinal, file, position] of entries) {
          const second = { ordinal, file, position };
          const first = seen.get(id);
          if (first) yield { id, first, second };
          else seen.set(id, second);
        }
      }
    }
  }

  dispose(): Promise<void> {
    return this.spill.dispose();
  }
}
