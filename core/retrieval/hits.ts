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

/** Passages that follow one another in a {@link DocTable}. */
interface DocBlock {
  /** Number of the first. */
  first: number;
  docIds: readonly string[];
  /** Of each passage, or of all. */
  shards: Uint32Array | number;
  /** Of each passage, or undefined where they are those of a whole shard. */
  rows: Uint32Array | undefined;
}

/**
 * The passages that rankings may hold, by number. Lists of docIds are kept as they come, so a passage takes little more
 * memory than its docId.
 */
export class DocTable {
  private blocks: DocBlock[] = [];
  /** Where the last one was found: the next one is often there, too. */
  private last: DocBlock = { first: 0, docIds: [], shards: 0, rows: undefined };
  size = 0;

  /** Adds all passages of a shard, which get the numbers from `size` on. */
  addShard(docIds: readonly string[], shard: number): void {
    this.addBlock({ docIds, shards: shard, rows: undefined });
  }

  /** Adds some passages, which get the numbers from `size` on. */
  add({ docIds, shards, rows }: Pick<Hits, 'docIds' | 'shards' | 'rows'>): void {
    this.addBlock({ docIds, shards, rows });
  }

  docId(doc: number): string {
    const { docIds, first } = this.blockOf(doc);
    return docIds[doc - first] as string;
  }

  place(doc: number): PassagePlace {
    const { first, shards, rows } = this.blockOf(doc);
    const i = doc - first;
    return {
      shard: typeof shards === 'number' ? shards : (shards[i] as number),
      row: rows ? (rows[i] as number) : i,
    };
  }

  /** Where one passage stands before another it is below 0. */
  compare(a: number, b: number): number {
    const [left, right] = [this.place(a), this.place(b)];
    return left.shard - right.shard || left.row - right.row;
  }

  /** Forgets all passages but those in `docs`, and renumbers `docs` in place, keeping the order of numbers. */
  compact(docs: Uint32Array): void {
    const numbers = new Int32Array(this.size).fill(-1);
    for (const doc of docs) numbers[doc] = 0;
    const used: number[] = [];
    numbers.forEach((value, doc) => {
      if (value === 0) numbers[doc] = used.push(doc) - 1;
    });
    docs.forEach((doc, i) => {
      docs[i] = numbers[doc] as number;
    });
    const kept = this.describe(used);
    this.blocks = [];
    this.size = 0;
    this.add(kept);
  }

  /** What {@link Hits} tells of some passages. */
  describe(docs: readonly number[]): Pick<Hits, 'docIds' | 'shards' | 'rows'> {
    const shards = new Uint32Array(docs.length);
    const rows = new Uint32Array(docs.length);
    const docIds = docs.map((doc, i) => {
      ({ shard: shards[i], row: rows[i] } = this.place(doc));
      return this.docId(doc);
    });
    return { docIds, shards, rows };
  }

  private addBlock(block: Omit<DocBlock, 'first'>): void {
    if (block.docIds.length === 0) return;
    this.last = { first: this.size, ...block };
    this.blocks.push(this.last);
    this.size += block.docIds.length;
  }

  private blockOf(doc: number): DocBlock {
    const { last, blocks } = this;
    if (doc >= last.first && doc < last.first + last.docIds.length) return last;
    let [low, high] = [0, blocks.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((blocks[middle] as DocBlock).first <= doc) low = middle;
      else high = middle - 1;
    }
    return (this.last = blocks[low] as DocBlock);
  }
}
