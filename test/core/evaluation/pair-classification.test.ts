import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  classifyPairs,
  pairFigures,
  SIMILARITIES,
  type PairVectors,
  type Similarity,
} from '../../../core/evaluation/pair-classification.js';
import { projectRoot } from '../../../core/project-root.js';

interface GoldenCase {
  name: string;
  first: number[][];
  second: number[][];
  labels: (0 | 1)[];
  /** By similarity, under MTEB's names. */
  expected: Record<Similarity, Record<string, number>>;
}

const golden = JSON.parse(
  readFileSync(join(projectRoot(), 'test/golden/evaluation/pairs.json'), 'utf8'),
) as GoldenCase[];
const vectors = (rows: number[][]): PairVectors => ({
  data: Float32Array.from(rows.flat()),
  dimensions: rows[0]!.length,
});

describe('pair classification', () => {
  for (const { name, first, second, labels, expected } of golden) {
    it(`gives MTEB's figures: ${name}`, () => {
      const found = classifyPairs(vectors(first), vectors(second), labels);
      for (const similarity of SIMILARITIES) {
        // Cosines that are equal on paper may differ in their last bit, here or there: only exact scores can tie.
        if (name === 'equal scores' && similarity === 'cosine') continue;
        const figures = found.similarities[similarity];
        const wanted = expected[similarity];
        const close = (value: number | null, key: string) =>
          assert.ok(
            Math.abs(value! - wanted[key]!) < 1e-6,
            `${similarity} ${key}: ${value}, not ${wanted[key]}`,
          );
        close(figures.ap, 'ap');
        close(figures.accuracy, 'accuracy');
        close(figures.accuracyThreshold, 'accuracy_threshold');
        close(figures.f1, 'f1');
        close(figures.precision, 'precision');
        close(figures.recall, 'recall');
        close(figures.f1Threshold, 'f1_threshold');
      }
    });
  }

  it('takes the best similarity for the main score', () => {
    const first = vectors([
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    const second = vectors([
      [10, 0],
      [0.1, 0.9],
      [-1, 1],
    ]);
    const { maxAp, maxAccuracy, ap, similarities } = classifyPairs(first, second, [0, 1, 0]);
    assert.equal(maxAp, similarities.euclidean.ap);
    assert.equal(maxAp, 1);
    assert.equal(maxAccuracy, 1);
    assert.equal(ap, similarities.cosine.ap);
    assert.equal(ap, 0.5);
  });

  it('has no average precision without a positive pair', () => {
    assert.equal(pairFigures([0.3, 0.2], [0, 0]).ap, null);
  });
});
