import { dirname } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { InvalidInputError, messageOf } from '../errors.js';
import { unpackWeights } from './unpacked-weights.js';

export type Device = 'cpu' | 'cuda';

export interface SessionOptions {
  device?: Device;
  /** Threads of one operator. Default: ONNX Runtime's, the physical cores; set it where processes share them. */
  threads?: number;
  /** On the CPU, unpack 4- and 8-bit weights when the graph is loaded: faster runs for more memory. */
  unpack?: boolean;
}

/**
 * Loads an ONNX graph. Open one session for a process's life: opening and releasing leaks memory.
 * @throws InvalidInputError when the file is truncated or not an ONNX graph, or the device is not there
 */
export async function openSession(path: string, options: SessionOptions = {}): Promise<InferenceSession> {
  const { device = 'cpu', threads, unpack = false } = options;
  try {
    const unpacked = unpack && device === 'cpu' ? await unpackWeights(path) : undefined;
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
          ...(unpacked && { model_external_initializers_file_folder_path: dirname(path) }),
        },
      },
      logSeverityLevel: 3,
    };
    return await (unpacked
      ? InferenceSession.create(unpacked, sessionOptions)
      : InferenceSession.create(path, sessionOptions));
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
export function integerInputType(session: Pick<InferenceSession, 'inputMetadata'>, name: string): 'int64' | 'int32' | undefined {
  const metadata = session.inputMetadata.find((input) => input.name === name);
  if (!metadata?.isTensor) return undefined;
  if (metadata.type === 'int64' || metadata.type === 'int32') return metadata.type;
  throw new InvalidInputError(
    `Loading an ONNX graph: expected input ${name} to be int64 or int32, found ${metadata.type}`,
  );
}
