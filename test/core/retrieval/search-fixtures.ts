import type { VectorBatch } from '../../../core/formats/vectors.js';
import type { Arm, Augmentation } from '../../../core/retrieval/arms.js';
import type { Hits } from '../../../core/retrieval/hits.js';

/** Seeded standard-normal-like vectors: sums of uniform numbers from mulberry32. */
export function randomVectors(rows: number, dimensions: number, seed: number): Float32Array {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length: rows * dimensions }, () => uniform() + uniform() + uniform() - 1.5);
}

export function passageBatch(ids: string[], data: Float32Array): VectorBatch {
  return {
    idColumn: 'docId',
    ids,
    dimensions: data.length / ids.length,
    columns: [{ name: 'embedding', data }],
  };
}

export function sumsBatch(ids: string[], dimensions: number, names: string[], seed: number): VectorBatch {
  const columns = names.map((name, i) => ({ name, data: randomVectors(ids.length, dimensions, seed + i) }));
  return { idColumn: 'docId', ids, dimensions, columns };
}

/** Rows [start, end) of a batch. */
export function slice(batch: VectorBatch, start: number, end: number): VectorBatch {
  return {
    ...batch,
    ids: batch.ids.slice(start, end),
    columns: batch.columns.map(({ name, data }) => ({
      name,
      data: data.subarray(start * batch.dimensions, end * batch.dimensions),
    })),
  };
}

export function arm(id: string, similarity: Arm['similarity'], augmentation?: Augmentation): Arm {
  return { id, label: id, encoder: 'test', similarity, ...(augmentation && { augmentation }) };
}

export function docIds(count: number, start = 0): string[] {
  return Array.from({ length: count }, (_, i) => `d${start + i}`);
}

/** The hits of one arm and query, in order. */
export function ranking(hits: Hits, armId: string, query: number): { docId: string; score: number }[] {
  const row = hits.arms.indexOf(armId) * hits.queries + query;
  const start = hits.offsets[row]!;
  const end = hits.offsets[row + 1]!;
  return Array.from(hits.docs.subarray(start, end), (doc, i) => ({
    docId: hits.docIds[doc]!,
    score: hits.scores[start + i]!,
  }));
}

/** Scores every passage in float64 and sorts: what search has to equal. */
export function naiveRanking(
  passages: VectorBatch,
  query: Float32Array,
  depth: number,
  cosine: boolean,
): { docId: string; score: number }[] {
  const data = passages.columns[0]!.data;
  const norm = (vector: Float32Array) => Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return passages.ids
    .map((docId, i) => {
      const vector = data.subarray(i * passages.dimensions, (i + 1) * passages.dimensions);
      const product = vector.reduce((sum, x, d) => sum + x * query[d]!, 0);
      return { docId, score: cosine ? product / norm(vector) / norm(query) : product };
    })
    .sort((a, b) => b.score - a.score || (a.docId < b.docId ? -1 : 1))
    .slice(0, depth);
}
