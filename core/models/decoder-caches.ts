import { Tensor } from 'onnxruntime-node';

/**
 * Cached keys and values of a batch of decoder rows, and what else is fed again at every step. The first
 * dimension of every tensor is the row. Names are the decoder's own: `past_key_values.0.decoder.key`.
 */
export interface DecoderCaches {
  rows: number;
  /** Tokens that the decoder has been fed so far. */
  past: number;
  /** Keys and values of the tokens so far: [rows, heads, past, head size]. */
  self: ReadonlyMap<string, Tensor>;
  /** What follows from the encoder's output and stays: keys, values [rows, heads, input tokens, head size], mask. */
  cross: ReadonlyMap<string, Tensor>;
}

/** New caches whose row i is a copy of row `rows[i]`. */
export function gatherRows(caches: DecoderCaches, rows: readonly number[]): DecoderCaches {
  return mapTensors(caches, rows.length, (tensor) => gatherTensor(tensor, rows));
}

/**
 * Keeps only the rows `kept` (ascending). Works in place, so the old caches must not be used again: caches are
 * hundreds of megabytes, and most of their rows only move up.
 */
export function compactRows(caches: DecoderCaches, kept: readonly number[]): DecoderCaches {
  return mapTensors(caches, kept.length, (tensor) => compactTensor(tensor, kept));
}

function mapTensors(caches: DecoderCaches, rows: number, map: (tensor: Tensor) => Tensor): DecoderCaches {
  const all = (tensors: ReadonlyMap<string, Tensor>) =>
    new Map([...tensors].map(([name, tensor]) => [name, map(tensor)]));
  return { rows, past: caches.past, self: all(caches.self), cross: all(caches.cross) };
}

function gatherTensor(tensor: Tensor, rows: readonly number[]): Tensor {
  const rest = tensor.dims.slice(1);
  const stride = size(rest);
  const dims = [rows.length, ...rest];
  if (tensor.data instanceof BigInt64Array) {
    const { data } = tensor;
    const gathered = new BigInt64Array(rows.length * stride);
    rows.forEach((row, i) => gathered.set(data.subarray(row * stride, (row + 1) * stride), i * stride));
    return new Tensor('int64', gathered, dims);
  }
  const data = float32Data(tensor);
  const gathered = new Float32Array(rows.length * stride);
  rows.forEach((row, i) => gathered.set(data.subarray(row * stride, (row + 1) * stride), i * stride));
  return new Tensor('float32', gathered, dims);
}

function compactTensor(tensor: Tensor, kept: readonly number[]): Tensor {
  const rest = tensor.dims.slice(1);
  const stride = size(rest);
  const dims = [kept.length, ...rest];
  const { data } = tensor;
  if (data instanceof BigInt64Array) {
    moveUp(data, kept, stride);
    return new Tensor('int64', data.subarray(0, kept.length * stride), dims);
  }
  const floats = float32Data(tensor);
  moveUp(floats, kept, stride);
  return new Tensor('float32', floats.subarray(0, kept.length * stride), dims);
}

function moveUp(data: Float32Array | BigInt64Array, kept: readonly number[], stride: number): void {
  kept.forEach((row, i) => {
    if (row !== i) data.copyWithin(i * stride, row * stride, (row + 1) * stride);
  });
}

/** The values of a float32 tensor. */
export function float32Data(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  throw new Error(`Decoding: expected a float32 tensor, found ${tensor.type}`);
}

function size(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
