import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { questionRandom, questionSeed } from '../../../core/models/random.js';
import { argmax, candidates, sampleToken, type SamplingFilters } from '../../../core/models/sampling.js';
import { projectRoot } from '../../../core/project-root.js';

interface SamplingGolden {
  /** null stands for -Infinity. */
  logits: Record<string, (number | null)[]>;
  cases: (SamplingFilters & { logits: string; tokens: number[]; probabilities: number[] })[];
  streams: { question: [number, string, string, number]; numbers: number[]; seed: number }[];
}

const golden = JSON.parse(
  readFileSync(join(projectRoot(), 'test/golden/generator/sampling.json'), 'utf8'),
) as SamplingGolden;

function logitsOf(name: string): Float32Array {
  return Float32Array.from(golden.logits[name]!, (value) => value ?? Number.NEGATIVE_INFINITY);
}

describe('sampling', () => {
  for (const { logits, tokens, probabilities, ...filters } of golden.cases)
    it(`leaves what transformers leaves: ${logits}, ${JSON.stringify(filters)}`, () => {
      const kept = candidates(logitsOf(logits), filters);
      assert.deepEqual(kept.tokens, tokens);
      const total = kept.weights.reduce((sum, weight) => sum + weight, 0);
      kept.weights.forEach((weight, i) => {
        assert.ok(Math.abs(weight / total - probabilities[i]!) < 2e-6, `token ${tokens[i]}`);
      });
    });

  it('draws tokens as often as they are probable', () => {
    const logits = logitsOf('peaked');
    const filters = { topK: 10, topP: 1, temperature: 2 };
    const { tokens, weights } = candidates(logits, filters);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const random = questionRandom(1, 'd', 'ar', 0);
    const draws = 50_000;
    const drawn = new Map<number, number>();
    for (let i = 0; i < draws; i++) {
      const token = sampleToken(logits, filters, random);
      drawn.set(token, (drawn.get(token) ?? 0) + 1);
    }
    // Pearson's chi-squared with 9 degrees of freedom; 27.9 is exceeded once in a thousand.
    const chiSquared = tokens.reduce((sum, token, i) => {
      const expected = (draws * weights[i]!) / total;
      return sum + ((drawn.get(token) ?? 0) - expected) ** 2 / expected;
    }, 0);
    assert.equal([...drawn.values()].reduce((sum, count) => sum + count, 0), draws);
    assert.deepEqual([...drawn.keys()].sort((a, b) => a - b), tokens);
    assert.ok(chiSquared < 27.9, `chi-squared ${chiSquared}`);
  });

  it('takes the likeliest token, the first of equals, when greedy', () => {
    assert.equal(argmax(Float32Array.of(1, 3, 2, 3)), 1);
    assert.equal(argmax(Float32Array.of(Number.NEGATIVE_INFINITY, -5, -4)), 2);
  });
});

describe('random streams of questions', () => {
  const take = (seed: number, docId: string, language: string, index: number) => {
    const random = questionRandom(seed, docId, language, index);
    return [random(), random(), random()];
  };

  it('depend on seed, passage, language and index, and on nothing else', () => {
    assert.deepEqual(take(1, 'd', 'ar', 0), take(1, 'd', 'ar', 0));
    const others = [take(1, 'd', 'ar', 0), take(2, 'd', 'ar', 0), take(1, 'e', 'ar', 0)];
    others.push(take(1, 'd', 'ru', 0), take(1, 'd', 'ar', 1));
    assert.equal(new Set(others.flat()).size, 15);
  });

  it('are uniform in [0, 1)', () => {
    const random = questionRandom(3, 'd', 'ar', 0);
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const value = random();
      assert.ok(value >= 0 && value < 1);
      bins[Math.floor(value * 10)]!++;
    }
    for (const count of bins) assert.ok(Math.abs(count - 2000) < 180, bins.join(' '));
  });

  for (const { question, numbers, seed } of golden.streams)
    it(`keep their values from version to version: ${JSON.stringify(question)}`, () => {
      assert.deepEqual(take(...question), numbers);
      assert.equal(questionSeed(...question), seed);
    });

  it('have a 31-bit seed for servers', () => {
    for (let index = 0; index < 100; index++) {
      const seed = questionSeed(1, 'd', 'ar', index);
      assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31);
    }
  });
});
