import type { Hits } from '../../core/retrieval/hits.js';

/** Numbers that are drawn once; every vector is cut from them at another place. */
const POOL = 2 ** 22;

let pool: Float32Array | undefined;

/** rows × dimensions numbers between −0.5 and 0.5, the same for the same `which`. */
export function drawnVectors(rows: number, dimensions: number, which: number): Float32Array {
  pool ??= drawPool();
  const data = new Float32Array(rows * dimensions);
  let from = Math.imul(which + 1, 0x9e3779b1) >>> 0;
  for (let at = 0; at < data.length; at += dimensions) {
    from = (Math.imul(from, 1664525) + 1013904223) >>> 0;
    const start = from % (POOL - dimensions);
    data.set(pool.subarray(start, start + dimensions), at);
  }
  return data;
}

function drawPool(): Float32Array {
  let state = 0x2545f491;
  return Float32Array.from({ length: POOL }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32 - 0.5;
  });
}

/** Rankings that name passages from all over the corpus, a few hundred a shard. */
export function drawnHits(of: {
  arms: string[];
  queries: number;
  depth: number;
  passages: number;
  shardPassages: number;
}): Hits {
  const { arms, queries, depth, passages, shardPassages } = of;
  const length = Math.min(depth, passages);
  const numbers = new Map<number, number>();
  const docs: number[] = [];
  let state = 7;
  for (let ranking = 0; ranking < arms.length * queries; ranking++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const start = state % passages;
    for (let rank = 0; rank < length; rank++) {
      // A step that shares no factor with the number of passages meets none twice.
      const passage = (start + rank * 7919) % passages;
      const number = numbers.get(passage) ?? numbers.size;
      numbers.set(passage, number);
      docs.push(number);
    }
  }
  const found = [...numbers.keys()];
  return {
    arms,
    queries,
    offsets: Uint32Array.from({ length: arms.length * queries + 1 }, (_, i) => i * length),
    docs: Uint32Array.from(docs),
    scores: Float32Array.from(docs, (_, i) => 1 - (i % length) / length),
    docIds: found.map((passage) => String(passage + 1)),
    shards: Uint32Array.from(found, (passage) => Math.floor(passage / shardPassages)),
    rows: Uint32Array.from(found, (passage) => passage % shardPassages),
  };
}
