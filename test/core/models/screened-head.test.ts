import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decoding } from '../../../core/models/generator.js';
import { HeadScreen } from '../../../core/models/head-screen.js';
import { headlessDecoder } from '../../../core/models/headless-decoder.js';
import { openOnnxGenerator } from '../../../core/models/onnx-generator.js';
import { candidates } from '../../../core/models/sampling.js';
import { ScreenedHead } from '../../../core/models/screened-head.js';
import { projectRoot } from '../../../core/project-root.js';
import { randomStream } from '../../../core/random-stream.js';
import type { Passage } from '../../../core/records.js';

const mt5 = join(projectRoot(), 'test/golden/generator/mt5');

const hidden = 48;
/** No multiple of the 64 tokens of a group. */
const vocabulary = 5000;
const rows = 6;
const suppressed = [17, 4000];

/** Weights of very different sizes, some tokens with equal ones, and hidden states, one of them with an outlier. */
function example(): { values: Float32Array; states: Float32Array } {
  const random = randomStream(['head']);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const values = Float32Array.from({ length: hidden * vocabulary }, (_, i) => normal() * (1 + ((i % vocabulary) % 7)));
  // 41 tokens with equal weights, larger than all others'.
  for (let k = 0; k < hidden; k++) values.fill(4 * values[k * vocabulary + 99]!, k * vocabulary + 99, k * vocabulary + 140);
  const states = Float32Array.from({ length: rows * hidden }, normal);
  states[5] = 30;
  // The last row's likeliest tokens are those with equal weights.
  for (let k = 0; k < hidden; k++) states[(rows - 1) * hidden + k] = values[k * vocabulary + 99]!;
  return { values, states };
}

function exactLogits({ values, states }: ReturnType<typeof example>, row: number): Float32Array {
  return Float32Array.from({ length: vocabulary }, (_, token) => {
    let sum = 0;
    for (let k = 0; k < hidden; k++) sum += states[row * hidden + k]! * values[k * vocabulary + token]!;
    return suppressed.includes(token) ? Number.NEGATIVE_INFINITY : sum;
  });
}

const close = (found: number, expected: number): boolean => Math.abs(found - expected) <= 1e-5 * Math.abs(expected);

describe('the screened head', () => {
  const { values, states } = example();
  let head: ScreenedHead;
  before(async () => {
    head = await ScreenedHead.open({ values, hidden, vocabulary }, suppressed, 1);
  });

  for (const k of [1, 10, 19])
    it(`finds the ${k} likeliest tokens, those as likely as the last, and their logits`, async () => {
      const scores = await head.forLikeliest(k).score(states, hidden);
      const filters = { temperature: 1, topK: k, topP: 1 };
      for (let row = 0; row < rows; row++) {
        const logits = exactLogits({ values, states }, row);
        const expected = candidates(logits, filters).tokens;
        const found = scores(row);
        const chosen = candidates(found.logits, filters).tokens.map((i) => found.tokens![i]!);
        assert.deepEqual(chosen, expected);
        found.tokens!.forEach((token, i) => assert.ok(close(found.logits[i]!, logits[token]!)));
      }
      assert.equal(candidates(exactLogits({ values, states }, rows - 1), filters).tokens.length, Math.max(k, 41));
    });

  it('leaves out nearly all others', async () => {
    const scores = await head.forLikeliest(10).score(states, hidden);
    const typical = scores(1).tokens?.length ?? Infinity;
    assert.ok(typical < vocabulary / 20, `${typical} of ${vocabulary}`);
  });

  it('gives a row the same whatever is beside it', async () => {
    const together = (await head.forLikeliest(10).score(states, hidden))(2);
    const alone = (await head.forLikeliest(10).score(states.slice(2 * hidden, 3 * hidden), hidden))(0);
    assert.deepEqual(alone, together);
  });

  it('gives all logits where none is to be left out', async () => {
    const scores = await head.forLikeliest(0).score(states, hidden);
    const { logits, tokens } = scores(3);
    assert.equal(tokens, undefined);
    exactLogits({ values, states }, 3).forEach((logit, token) =>
      assert.ok(Object.is(logits[token], logit) || Math.abs(logits[token]! - logit) < 1e-3),
    );
  });

  it('knows how far approximate logits can be from exact ones', async () => {
    const screen = await HeadScreen.open({ values, hidden, vocabulary }, 1);
    const { scores, rows: screened } = await screen.screen(states);
    let largest = 0;
    screened.forEach(({ scale, norm, error }, row) =>
      exactLogits({ values, states }, row).forEach((logit, token) => {
        if (logit === Number.NEGATIVE_INFINITY) return;
        const off = Math.abs(logit - scale * scores[row * screen.padded + token]!);
        const bound = error * screen.norms[token]! + norm * screen.errors[token]!;
        assert.ok(off <= bound + 1e-5 * Math.abs(logit), `row ${row}, token ${token}: ${off} > ${bound}`);
        largest = Math.max(largest, off / bound);
      }),
    );
    assert.ok(largest > 0.1, `the bound is never near: ${largest}`);
  });
});

describe('decoding with a screened head', () => {
  let pair: string;
  before(async () => {
    pair = await mkdtemp(join(tmpdir(), 'xqg-mt5-'));
    const filter = (path: string) => !path.endsWith('decoder_model_merged.onnx');
    await cp(mt5, pair, { recursive: true, filter });
  });
  after(() => rm(pair, { recursive: true }));

  const decodings: [string, Decoding][] = [
    ['greedily', { mode: 'greedy' }],
    ['among the 3 likeliest', { mode: 'sample', topK: 3, topP: 0.95, temperature: 1.5, seed: 3 }],
    ['among all', { mode: 'sample', topK: 0, topP: 0.9, temperature: 1, seed: 3 }],
  ];
  for (const form of ['merged', 'pair'] as const)
    it(`writes the tokens that the whole graph leads to: ${form}`, async () => {
      const golden = JSON.parse(await readFile(join(mt5, '../mt5-greedy.json'), 'utf8')) as {
        passages: Passage[];
        languages: string[];
      };
      const { passages, languages } = golden;
      const options = { threads: 1, device: 'cpu', batchRows: 16 } as const;
      const folder = form === 'merged' ? mt5 : pair;
      const whole = await openOnnxGenerator(folder, options);
      const screened = await openOnnxGenerator(folder, { ...options, screenedWeights: 1 });
      for (const [what, decoding] of decodings) {
        const request = { languages, perLanguage: 2, decoding };
        assert.deepEqual(await screened.decode(passages, request), await whole.decode(passages, request), what);
      }
      await whole.close();
      await screened.close();
    });
});

describe('taking the head out of a decoder', () => {
  it('leaves small ones in', async () => {
    assert.equal(await headlessDecoder(join(mt5, 'decoder_model_merged.onnx'), 32_001), undefined);
    assert.ok(await headlessDecoder(join(mt5, 'decoder_model_merged.onnx'), 32_000));
  });

  it('leaves packed ones in', async () => {
    const packed = join(projectRoot(), 'models/xqg-mini/decoder_with_past_model.onnx');
    assert.equal(await headlessDecoder(packed, 1), undefined);
  });

  it('leaves no copy of the weights in the graph', async () => {
    const path = join(mt5, 'decoder_model_merged.onnx');
    const headless = await headlessDecoder(path, 1);
    const { length } = await readFile(path);
    assert.deepEqual([headless?.head.hidden, headless?.head.vocabulary], [32, 1000]);
    assert.ok(length - (headless?.graph.length ?? 0) > 4 * 32 * 1000 - 1000);
  });
});
