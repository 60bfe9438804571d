import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EncoderInput } from '../../../core/models/encoder.js';
import { projectRoot } from '../../../core/project-root.js';

export const bundledEncoder = join(projectRoot(), 'models/multilingual-e5-small-q4');
export const tinyBert = join(projectRoot(), 'test/golden/encoder/tiny-bert');

/** A file of test/golden/encoder; make_golden.py says what is in it. */
export function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(join(projectRoot(), 'test/golden/encoder', name), 'utf8')) as T;
}

export const texts = readGolden<{ passages: Required<EncoderInput>[]; queries: EncoderInput[] }>('texts.json');

/** float32 vectors that make_golden.py wrote in base64. */
export function goldenVectors(base64: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
}

/** Lowest cosine between rows of two matrices. */
export function lowestCosine(a: Float32Array, b: Float32Array, dimensions: number): number {
  assert.equal(a.length, b.length);
  let lowest = 1;
  for (let start = 0; start < a.length; start += dimensions) {
    let [dot, ofA, ofB] = [0, 0, 0];
    for (let i = start; i < start + dimensions; i++) {
      dot += a[i]! * b[i]!;
      ofA += a[i]! ** 2;
      ofB += b[i]! ** 2;
    }
    lowest = Math.min(lowest, dot / Math.sqrt(ofA * ofB));
  }
  return lowest;
}

/** Largest difference between two matrices' values. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}
