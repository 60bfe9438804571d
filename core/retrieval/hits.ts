/** Where a passage stands in the artifacts, so that its text can be fetched again. */
export interface PassagePlace {
  /** Number of the passage shard. */
  shard: number;
  /** 0-based in the shard. */
  row: number;
}

/**
 * Rankings of many arms and queries in typed arrays. Hits are ordered by arm, then query, then rank; those of
 * arm a and query q are at [offsets[a × queries + q], offsets[a × queries + q + 1]).
 */
export interface Hits {
  /** Arm ids. */
  arms: string[];
  /** Number of queries; a query is known by its position in the list that was searched with. */
  queries: number;
  /** arms × queries + 1 */
  offsets: Uint32Array;
  /** Of each hit, a position in the three lists below. */
  docs: Uint32Array;
  scores: Float32Array;
  docIds: string[];
  shards: Uint32Array;
  rows: Uint32Array;
}

/** The passages that rankings may hold, by number. */
export class DocTable {
  private docIds: string[] = [];
  private places: PassagePlace[] = [];

  get size(): number {
    return this.docIds.length;
  }

  /** Returns the passage's number. */
  add(docId: string, shard: number, row: number): number {
    this.docIds.push(docId);
    this.places.push({ shard, row });
    return this.docIds.length - 1;
  }

  docId(doc: number): string {
    return this.docIds[doc] as string;
  }

  place(doc: number): PassagePlace {
    return this.places[doc] as PassagePlace;
  }

  /** Forgets all passages but those in `docs`, and renumbers `docs` in place, keeping the order of numbers. */
  compact(docs: Uint32Array): void {
    const numbers = new Int32Array(this.size).fill(-1);
    for (const doc of docs) numbers[doc] = 0;
    const docIds: string[] = [];
    const places: PassagePlace[] = [];
    numbers.forEach((used, doc) => {
      if (used === -1) return;
      numbers[doc] = docIds.length;
      docIds.push(this.docId(doc));
      places.push(this.place(doc));
    });
    docs.forEach((doc, i) => {
      docs[i] = numbers[doc] as number;
    });
    this.docIds = docIds;
    this.places = places;
  }
}
