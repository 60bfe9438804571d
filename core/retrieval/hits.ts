/** Where a passage stands in the artifacts, so that its text can be fetched again. */
export interface PassagePlace {
  /** Number of the passage shard. */
  shard: number;
  /** 0-based among the vectors of the shard, which lack those of quarantined passages. */
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

/**
 * The same hits for another list of queries: those that were not searched have empty rankings, and those that are
 * left out must have empty ones.
 * @param searched ids of the queries of `hits`
 * @param wanted ids of the queries of the result; may be more or fewer, in the same order
 */
export function selectQueries(hits: Hits, searched: readonly string[], wanted: readonly string[]): Hits {
  const positions = new Map(searched.map((id, position) => [id, position]));
  const offsets = new Uint32Array(hits.arms.length * wanted.length + 1);
  let at = 0;
  let end = 0;
  for (let arm = 0; arm < hits.arms.length; arm++) {
    for (const id of wanted) {
      const position = positions.get(id);
      if (position !== undefined) end = hits.offsets[arm * searched.length + position + 1] as number;
      offsets[++at] = end;
    }
  }
  return { ...hits, queries: wanted.length, offsets };
}

/** The passages that rankings may hold, by number. */
export class DocTable {
  private docIds: string[] = [];
  private shards: number[] = [];
  private rows: number[] = [];

  get size(): number {
    return this.docIds.length;
  }

  /** Returns the passage's number. */
  add(docId: string, shard: number, row: number): number {
    this.docIds.push(docId);
    this.shards.push(shard);
    this.rows.push(row);
    return this.docIds.length - 1;
  }

  docId(doc: number): string {
    return this.docIds[doc] as string;
  }

  place(doc: number): PassagePlace {
    return { shard: this.shards[doc] as number, row: this.rows[doc] as number };
  }

  /** Where one passage stands before another it is below 0. */
  compare(a: number, b: number): number {
    const shards = (this.shards[a] as number) - (this.shards[b] as number);
    return shards !== 0 ? shards : (this.rows[a] as number) - (this.rows[b] as number);
  }

  /** Forgets all passages but those in `docs`, and renumbers `docs` in place, keeping the order of numbers. */
  compact(docs: Uint32Array): void {
    const numbers = new Int32Array(this.size).fill(-1);
    for (const doc of docs) numbers[doc] = 0;
    const docIds: string[] = [];
    const shards: number[] = [];
    const rows: number[] = [];
    numbers.forEach((used, doc) => {
      if (used === -1) return;
      numbers[doc] = docIds.length;
      docIds.push(this.docId(doc));
      shards.push(this.shards[doc] as number);
      rows.push(this.rows[doc] as number);
    });
    docs.forEach((doc, i) => {
      docs[i] = numbers[doc] as number;
    });
    this.docIds = docIds;
    this.shards = shards;
    this.rows = rows;
  }
}
