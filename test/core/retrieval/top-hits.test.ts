import assert from 'node:assert/strict';
import { TopHits } from '../../../core/retrieval/top-hits.js';
import { randomVectors } from './search-fixtures.js';

const docIdOf = (doc: number) => `d${String(doc).padStart(5, '0')}`;

function offerAll(top: TopHits, scores: ArrayLike<number>, order: number[], batch: number): void {
  for (let start = 0; start < order.length; start += batch) {
    const docs = Uint32Array.from(order.slice(start, start + batch));
    const candidates = { docs, scores: Float32Array.from(docs, (doc) => scores[doc]!) };
    top.offer(0, candidates, 0, docs.length);
  }
}

function sorted(top: TopHits): number[] {
  top.sort(0);
  return Array.from(top.docs.subarray(0, top.counts[0]));
}

/** Positive and negative scores with many ties. */
const scores = randomVectors(1000, 1, 4).map((x) => Math.round(x * 20) / 20);
const expected = Array.from({ length: 1000 }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);

describe('TopHits', () => {
  for (const depth of [1, 10, 137, 1000, 2000]) {
    it(`keeps the best ${depth}, ties by docId`, () => {
      const top = new TopHits(1, depth, docIdOf);
      offerAll(
        top,
        scores,
        Array.from({ length: 1000 }, (_, i) => i),
        64,
      );
      assert.deepEqual(sorted(top), expected.slice(0, depth));
    });
  }

  it('does not depend on the order or the batches of candidates', () => {
    for (const [stride, batch] of [
      [7, 1],
      [333, 999],
      [501, 50],
    ] as const) {
      const top = new TopHits(1, 100, docIdOf);
      offerAll(
        top,
        scores,
        Array.from({ length: 1000 }, (_, i) => (i * stride + 3) % 1000),
        batch,
      );
      assert.deepEqual(new Set(sorted(top)).size, 100);
      assert.deepEqual(sorted(top), expected.slice(0, 100), `stride ${stride}`);
    }
  });

  it('tells with its threshold what can still enter', () => {
    const top = new TopHits(1, 2, docIdOf);
    assert.equal(top.thresholds[0], -Infinity);
    top.offer(0, { scores: Float32Array.of(3, 1), docs: Uint32Array.of(0, 1) }, 0, 2);
    assert.equal(top.thresholds[0], 1);
    top.offer(0, { scores: Float32Array.of(2), docs: Uint32Array.of(2) }, 0, 1);
    assert.equal(top.thresholds[0], 2);
  });

  it('chooses among more equal scores at the threshold than there are places, by docId', () => {
    const top = new TopHits(1, 40, docIdOf);
    const tied = Array.from({ length: 200 }, (_, i) => (i % 10 === 0 ? 2 : 1));
    offerAll(
      top,
      tied,
      tied.map((_, i) => (i * 77) % 200),
      7,
    );
    const best = tied.flatMap((score, doc) => (score === 2 ? [doc] : []));
    const others = tied.flatMap((score, doc) => (score === 1 ? [doc] : []));
    assert.deepEqual(sorted(top), [...best, ...others].slice(0, 40));
  });

  it('takes 0 and -0 for the same score', () => {
    const top = new TopHits(1, 3, docIdOf);
    top.offer(0, { scores: Float32Array.of(0, -0, -1), docs: Uint32Array.of(7, 5, 6) }, 0, 3);
    assert.deepEqual(sorted(top), [5, 7, 6]);
  });

  it('goes on after it was sorted', () => {
    const top = new TopHits(1, 100, docIdOf);
    for (let start = 0; start < 1000; start += 10) {
      const order = Array.from({ length: 10 }, (_, i) => ((start + i) * 501) % 1000);
      offerAll(top, scores, order, 3);
      top.sort(0);
    }
    assert.deepEqual(sorted(top), expected.slice(0, 100));
  });

  it('keeps rankings apart', () => {
    const top = new TopHits(2, 1, docIdOf);
    top.offer(1, { scores: Float32Array.of(1), docs: Uint32Array.of(4) }, 0, 1);
    assert.deepEqual(Array.from(top.counts), [0, 1]);
    assert.equal(top.docs[top.capacity], 4);
  });
});
