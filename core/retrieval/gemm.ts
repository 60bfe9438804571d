import { InferenceSession, Tensor } from 'onnxruntime-node';
import { nodeField } from '../models/onnx-file.js';
import { onnxModel, type GraphValue } from '../models/onnx-model.js';

/**
 * Inner products of two sets of vectors, by ONNX Runtime's matrix products: some fifty times as fast as loops
 * in JavaScript. Each model is one node, built here.
 */
export interface Gemm {
  /**
   * Writes `out[i × columns + j] = a[i] · b[j]`.
   * @param a rows × dimensions, row-major
   * @param b columns × dimensions, row-major
   * @param out rows × columns
   */
  multiply(a: Float32Array, b: Float32Array, dimensions: number, out: Float32Array): Promise<void>;
}

/** The same in integers, for vectors of 8 bits: four to six times as fast. */
export interface IntegerGemm {
  /**
   * The largest integer of either sign in `b` with which sums are exact. Processors without an instruction for
   * products of 8-bit integers (VNNI) add two of them in 16 bits, where more than 64 would be cut off.
   */
  readonly largest: number;
  /**
   * Writes `out[i × columns + j] = scales[j] · (a[i] − 128) · b[·, j] / step`, as the nearest integer from 0 to 255: results
   * of 8 bits are a quarter of what goes through the memory otherwise.
   * @param a rows × dimensions, row-major
   * @param b dimensions × columns, row-major
   * @param scales of each column
   * @param out rows × columns
   */
  multiply(
    a: Uint8Array,
    { b, scales }: { b: Int8Array; scales: Float32Array },
    step: number,
    out: Uint8Array,
  ): Promise<void>;
}

const OPSET_VERSION = 17;

const FLOATS = oneNodeModel('Gemm', {
  inputs: [
    { name: 'A', type: 'float', shape: ['m', 'k'] },
    { name: 'B', type: 'float', shape: ['n', 'k'] },
  ],
  output: { name: 'Y', type: 'float', shape: ['m', 'n'] },
  attributes: { transB: 1 },
});

const INTEGERS = oneNodeModel('QLinearMatMul', {
  inputs: [
    { name: 'A', type: 'uint8', shape: ['m', 'k'] },
    { name: 'scaleOfA', type: 'float', shape: [] },
    { name: 'zeroOfA', type: 'uint8', shape: [] },
    { name: 'B', type: 'int8', shape: ['k', 'n'] },
    { name: 'scaleOfB', type: 'float', shape: ['n'] },
    { name: 'zeroOfB', type: 'int8', shape: [] },
    { name: 'step', type: 'float', shape: [] },
    { name: 'zeroOfY', type: 'uint8', shape: [] },
  ],
  output: { name: 'Y', type: 'uint8', shape: ['m', 'n'] },
});

function oneNodeModel(
  operator: string,
  {
    inputs,
    output,
    attributes = {},
  }: { inputs: readonly GraphValue[]; output: GraphValue; attributes?: Readonly<Record<string, number>> },
): Uint8Array {
  const node = nodeField(operator, {
    inputs: inputs.map(({ name }) => name),
    output: output.name,
    attributes,
  });
  return onnxModel({
    name: operator,
    fields: [node],
    inputs,
    outputs: [output],
    opsets: { '': OPSET_VERSION },
  });
}

/**
 * The product with the given number of threads.
 * @param threads 0 lets ONNX Runtime choose: the physical cores
 */
export async function openGemm(threads = 0): Promise<Gemm> {
  const session = await openSession(`floats ${threads}`, FLOATS, threads);
  return {
    multiply: async (a, b, dimensions, out) => {
      const tensor = (data: Float32Array, width: number) =>
        new Tensor('float32', data, [data.length / width, width]);
      const columns = b.length / dimensions;
      // The result is written into `out` itself: fetches given as tensors are filled in place.
      await session.run({ A: tensor(a, dimensions), B: tensor(b, dimensions) }, { Y: tensor(out, columns) });
    },
  };
}

/** The product in integers; `threads` as for {@link openGemm}. */
export async function openIntegerGemm(threads = 0): Promise<IntegerGemm> {
  const session = await openSession(`integers ${threads}`, INTEGERS, threads);
  const constants = {
    scaleOfA: new Tensor('float32', Float32Array.of(1), []),
    zeroOfA: new Tensor('uint8', Uint8Array.of(128), []),
    zeroOfB: new Tensor('int8', Int8Array.of(0), []),
    zeroOfY: new Tensor('uint8', Uint8Array.of(0), []),
  };
  const multiply: IntegerGemm['multiply'] = async (a, { b, scales }, step, out) => {
    const columns = scales.length;
    const dimensions = b.length / columns;
    const rows = a.length / dimensions;
    const feeds = {
      ...constants,
      A: new Tensor('uint8', a, [rows, dimensions]),
      B: new Tensor('int8', b, [dimensions, columns]),
      scaleOfB: new Tensor('float32', scales, [columns]),
      step: new Tensor('float32', Float32Array.of(step), []),
    };
    await session.run(feeds, { Y: new Tensor('uint8', out, [rows, columns]) });
  };
  return { largest: (await isExact(multiply, 127)) ? 127 : 64, multiply };
}

/** What the largest sum comes to when it is tried out. */
const EXACT_STEPS = 200;

/** Whether the largest sums there are come out right: 255 − 128 times `value`. */
async function isExact(multiply: IntegerGemm['multiply'], value: number): Promise<boolean> {
  const [rows, columns, dimensions] = [16, 64, 64];
  const out = new Uint8Array(rows * columns);
  const a = new Uint8Array(rows * dimensions).fill(255);
  const step = (dimensions * 127 * value) / EXACT_STEPS;
  const b = new Int8Array(dimensions * columns).fill(value);
  await multiply(a, { b, scales: new Float32Array(columns).fill(1) }, step, out);
  return out.every((product) => product === EXACT_STEPS);
}

const sessions = new Map<string, Promise<InferenceSession>>();

/** One session of each kind lives as long as the process, because creating and releasing sessions leaks memory. */
function openSession(key: string, model: Uint8Array, threads: number): Promise<InferenceSession> {
  const open =
    sessions.get(key) ??
    InferenceSession.create(model, {
      intraOpNumThreads: threads,
      enableCpuMemArena: false,
      enableMemPattern: false,
      // Threads that spin while they wait would take cores from the other processes of a worker.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  sessions.set(key, open);
  return open;
}
