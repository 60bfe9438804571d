import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { HeadWeights } from './headless-decoder.js';
import { ACTIVATION_STEPS, ZERO_POINT, quantizeColumns } from './int8-columns.js';
import { CONTRIB, constantField, nodeField } from './onnx-file.js';
import { onnxModel } from './onnx-model.js';

/** Tokens of a group, whose largest score is found at once. */
export const GROUP = 64;

const OPSET_VERSION = 18;

/** Bounds of float64's own rounding, and of the scores' to float32, are far below this. */
const ROUNDING = 1 + 1e-6;

/** Weights in 8 bits, `column v ≈ scales[v] · quantized[v]`, and what that leaves out. */
interface QuantizedHead {
  /** [hidden, padded vocabulary] */
  quantized: Int8Array;
  scales: Float32Array;
  /** |ŵ_v|, Euclidean, of each token, rounded up */
  norms: Float32Array;
  /** |w_v − ŵ_v|, likewise */
  errors: Float32Array;
  padded: number;
}

/** What screening one batch of rows gave. */
export interface Screened {
  /** rows × padded vocabulary: approximate logits over the row's scale */
  scores: Float32Array;
  /** rows × groups: the largest of each group's scores */
  maxima: Float32Array;
  rows: { scale: number; norm: number; error: number }[];
}

/**
 * Approximate logits from 8-bit weights and hidden states, and how far they can be from the exact ones. With x̂ and ŵ the
 * rounded vectors,
 *
 *     |x·w − x̂·ŵ|  ≤  |x − x̂| · |ŵ|  +  |x| · |w − ŵ|        (Cauchy–Schwarz)
 */
export class HeadScreen {
  /** Largest norm and error of each group's tokens. */
  readonly groupNorms: Float32Array;
  readonly groupErrors: Float32Array;
  #scores = new Float32Array(0);
  #maxima = new Float32Array(0);

  private constructor(
    readonly hidden: number,
    readonly norms: Float32Array,
    readonly errors: Float32Array,
    readonly padded: number,
    readonly session: InferenceSession,
  ) {
    this.groupNorms = groupMaxima(norms);
    this.groupErrors = groupMaxima(errors);
  }

  static async open(head: HeadWeights, threads?: number): Promise<HeadScreen> {
    const quantized = quantizeHead(head);
    const session = await InferenceSession.create(screenModel(head.hidden, quantized), {
      executionProviders: ['cpu'],
      interOpNumThreads: 1,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      enableMemPattern: false,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      logSeverityLevel: 3,
    });
    return new HeadScreen(head.hidden, quantized.norms, quantized.errors, quantized.padded, session);
  }

  get groups(): number {
    return this.padded / GROUP;
  }

  /** @param values rows × hidden. The result is valid until the next call. */
  async screen(values: Float32Array): Promise<Screened> {
    const { hidden, padded, groups } = this;
    const count = values.length / hidden;
    const quantized = new Uint8Array(values.length);
    const rows = Array.from({ length: count }, (_, row) => quantizeRow(values, quantized, row * hidden, hidden));
    if (this.#scores.length < count * padded) {
      this.#scores = new Float32Array(count * padded);
      this.#maxima = new Float32Array(count * groups);
    }
    const scores = this.#scores.subarray(0, count * padded);
    const maxima = this.#maxima.subarray(0, count * groups);
    // Outputs given as tensors are written in place.
    await this.session.run(
      { hidden: new Tensor('uint8', quantized, [count, hidden]) },
      {
        scores: new Tensor('float32', scores, [count, padded]),
        maxima: new Tensor('float32', maxima, [count, groups]),
      },
    );
    return { scores, maxima, rows };
  }
}

function quantizeRow(
  values: Float32Array,
  quantized: Uint8Array,
  start: number,
  length: number,
): { scale: number; norm: number; error: number } {
  let largest = 0;
  for (let i = start; i < start + length; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  const scale = largest / ACTIVATION_STEPS || 1;
  let norm = 0;
  let error = 0;
  for (let i = start; i < start + length; i++) {
    const value = values[i] as number;
    const step = Math.round(value / scale);
    quantized[i] = step + ZERO_POINT;
    norm += value * value;
    error += (value - step * scale) ** 2;
  }
  return { scale, norm: Math.sqrt(norm) * ROUNDING, error: Math.sqrt(error) * ROUNDING };
}

function quantizeHead({ values, hidden, vocabulary }: HeadWeights): QuantizedHead {
  const padded = Math.ceil(vocabulary / GROUP) * GROUP;
  const { quantized, scales } = quantizeColumns(values, hidden, vocabulary, padded);
  const norms = new Float64Array(padded);
  const errors = new Float64Array(padded);
  for (let k = 0, at = 0; k < hidden; k++)
    for (let v = 0; v < vocabulary; v++, at++) {
      const scale = scales[v] as number;
      const value = values[at] as number;
      const step = quantized[k * padded + v] as number;
      norms[v] = (norms[v] as number) + (step * scale) ** 2;
      errors[v] = (errors[v] as number) + (value - step * scale) ** 2;
    }
  const roots = (squares: Float64Array): Float32Array =>
    Float32Array.from(squares, (square) => Math.sqrt(square) * ROUNDING);
  return { quantized, scales, norms: roots(norms), errors: roots(errors), padded };
}

function groupMaxima(values: Float32Array): Float32Array {
  const maxima = new Float32Array(values.length / GROUP);
  values.forEach((value, v) => {
    const group = Math.floor(v / GROUP);
    maxima[group] = Math.max(maxima[group] as number, value);
  });
  return maxima;
}

/** scores[r, v] = scales[v] · Σ_k (hidden[r, k] − 128) · quantized[k, v]; maxima[r, g] the largest of group g. */
function screenModel(hidden: number, { quantized, scales, padded }: QuantizedHead): Uint8Array {
  return onnxModel({
    name: 'head_screen',
    fields: [
      nodeField('MatMulIntegerToFloat', {
        domain: CONTRIB,
        inputs: ['hidden', 'quantized', 'one', 'scales', 'zero'],
        output: 'scores',
      }),
      nodeField('Reshape', { inputs: ['scores', 'shape'], output: 'grouped' }),
      nodeField('ReduceMax', { inputs: ['grouped', 'axes'], output: 'maxima', attributes: { keepdims: 0 } }),
      constantField('quantized', [hidden, padded], quantized),
      constantField('scales', [padded], scales),
      constantField('one', [], Float32Array.of(1)),
      constantField('zero', [], Uint8Array.of(ZERO_POINT)),
      constantField('shape', [3], BigInt64Array.of(0n, BigInt(padded / GROUP), BigInt(GROUP))),
      constantField('axes', [1], BigInt64Array.of(2n)),
    ],
    inputs: [{ name: 'hidden', type: 'uint8', shape: ['rows', hidden] }],
    outputs: [
      { name: 'scores', type: 'float', shape: ['rows', padded] },
      { name: 'maxima', type: 'float', shape: ['rows', padded / GROUP] },
    ],
    opsets: { '': OPSET_VERSION, [CONTRIB]: 1 },
  });
}
