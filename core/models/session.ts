import { dirname } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { InvalidInputError, messageOf } from '../errors.js';
import { quantizeProducts } from './int8-products.js';
import { unpackWeights } from './unpacked-weights.js';

export type Device = 'cpu' | 'cuda';
export type ComputeType = 'float32' | 'int8';

export interface SessionOptions {
  device?: Device;
  /** Threads of one operator. Default: ONNX Runtime's, the physical cores; set it where processes share them. */
  threads?: number;
  /** On the CPU, unpack 4- and 8-bit weights when the graph is loaded: faster runs for more memory. */
  unpack?: boolean;
  /**
   * What products by constant weights are computed in. int8 is about twice as fast on a CPU with VNNI, and rounds
   * activations and weights; on the CPU only. @default float32
   */
  computeType?: ComputeType;
  /** What to load instead of the file: a graph that was made of it. External data are still beside the file. */
  graph?: Uint8Array;
}

/**
 * Loads an ONNX graph. Open one session for a process's life: opening and releasing leaks memory.
 * @throws InvalidInputError when the file is truncated or not an ONNX graph, or the device is not there
 */
export async function openSession(path: string, options: SessionOptions = {}): Promise<InferenceSession> {
  const { device = 'cpu', threads } = options;
  if (options.computeType === 'int8' && device !== 'cpu')
    throw new InvalidInputError(`Loading ${path}: computeType int8 is for device cpu, found ${device}`);
  try {
    const rewritten = options.graph ?? (await rewrittenGraph(path, options));
    const sessionOptions: InferenceSession.SessionOptions = {
      executionProviders: [device],
      graphOptimizationLevel: 'all',
      executionMode: 'sequential',
      interOpNumThreads: 1,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      // Patterns are kept for each input shape; ours vary, so that they would only grow memory.
      enableMemPattern: false,
      // Threads that spin while they wait take cores from the other processes of a worker: measured with two
      // threads on two busy cores, 30 % more tokens for the same CPU time without.
      extra: {
        session: {
          intra_op: { allow_spinning: '0' },
          ...(rewritten && { model_external_initializers_file_folder_path: dirname(path) }),
        },
      },
      logSeverityLevel: 3,
    };
    return await (rewritten
      ? InferenceSession.create(rewritten, sessionOptions)
      : InferenceSession.create(path, sessionOptions));
  } catch (error) {
    const message = messageOf(error);
    if (error instanceof InvalidInputError || /bad_alloc|out of memory/i.test(message)) throw error;
    throw new InvalidInputError(
      device === 'cuda' && /cuda|provider/i.test(message)
        ? `Loading ${path} on cuda: ${message}; install the CUDA provider (docs/models.md) or use device: cpu`
        : `Loading the ONNX graph ${path}: expected a whole ONNX file that ONNX Runtime can load: ${message}`,
      { cause: error },
    );
  }
}

/** The graph to load instead of the file's; undefined for the file's own. */
async function rewrittenGraph(
  path: string,
  { device = 'cpu', unpack = false, computeType = 'float32' }: SessionOptions,
): Promise<Uint8Array | undefined> {
  if (computeType === 'int8') return quantizeProducts(path);
  return unpack && device === 'cpu' ? unpackWeights(path) : undefined;
}

/** Element type of an input, `int64` or `int32`, by its name; undefined when the graph has no such input. */
export function integerInputType(session: Pick<InferenceSession, 'inputMetadata'>, name: string): 'int64' | 'int32' | undefined {
  const metadata = session.inputMetadata.find((input) => input.name === name);
  if (!metadata?.isTensor) return undefined;
  if (metadata.type === 'int64' || metadata.type === 'int32') return metadata.type;
  throw new InvalidInputError(
    `Loading an ONNX graph: expected input ${name} to be int64 or int32, found ${metadata.type}`,
  );
}
