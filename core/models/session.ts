import { InferenceSession } from 'onnxruntime-node';
import { InvalidInputError, messageOf } from '../errors.js';

export type Device = 'cpu' | 'cuda';

export interface SessionOptions {
  device?: Device;
  /** Threads of one operator. Default: ONNX Runtime's, the physical cores; set it where processes share them. */
  threads?: number;
}

/**
 * Loads an ONNX graph. Open one session for a process's life: opening and releasing leaks memory.
 * @throws InvalidInputError when the file is truncated or not an ONNX graph, or the device is not there
 */
export async function openSession(path: string, options: SessionOptions = {}): Promise<InferenceSession> {
  const { device = 'cpu', threads } = options;
  try {
    return await InferenceSession.create(path, {
      executionProviders: [device],
      graphOptimizationLevel: 'all',
      executionMode: 'sequential',
      interOpNumThreads: 1,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      // Patterns are kept for each input shape; ours vary, so that they would only grow memory.
      enableMemPattern: false,
      // Threads that spin while they wait take cores from the other processes of a worker: measured with two
      // threads on two busy cores, 30 % more tokens for the same CPU time without.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      logSeverityLevel: 3,
    });
  } catch (error) {
    const message = messageOf(error);
    if (/bad_alloc|out of memory/i.test(message)) throw error;
    throw new InvalidInputError(
      device === 'cuda' && /cuda|provider/i.test(message)
        ? `Loading ${path} on cuda: ${message}; install the CUDA provider (docs/models.md) or use device: cpu`
        : `Loading the ONNX graph ${path}: expected a whole ONNX file that ONNX Runtime can load: ${message}`,
      { cause: error },
    );
  }
}

/** Element type of an input, `int64` or `int32`, by its name; undefined when the graph has no such input. */
export function integerInputType(session: InferenceSession, name: string): 'int64' | 'int32' | undefined {
  const metadata = session.inputMetadata.find((input) => input.name === name);
  if (!metadata?.isTensor) return undefined;
  if (metadata.type === 'int64' || metadata.type === 'int32') return metadata.type;
  throw new InvalidInputError(
    `Loading an ONNX graph: expected input ${name} to be int64 or int32, found ${metadata.type}`,
  );
}
