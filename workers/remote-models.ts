import type { Encoder, EncoderInput, TextKind } from '../core/models/encoder.js';
import type { GenerateOptions, Generator } from '../core/models/generator.js';
import type { Passage, Question } from '../core/records.js';
import type { ModelLease } from './model-lease.js';

/** Milliseconds that vectors of some texts may take. */
export type EncodingTimeLimit = (texts: readonly EncoderInput[], kind: TextKind) => number;

/** Milliseconds that the questions of some passages may take. */
export type GenerationTimeLimit = (passages: readonly Passage[], options: GenerateOptions) => number;

/** An encoder that computes in a leased process. */
export async function remoteEncoder(lease: ModelLease, timeLimit?: EncodingTimeLimit): Promise<Encoder> {
  const facts = await lease.request('describe', {});
  return {
    ...facts,
    encode: (texts: readonly EncoderInput[], kind: TextKind, maxTokens?: number) =>
      lease.request('encode', { texts, kind, maxTokens }, { timeLimit: timeLimit?.(texts, kind) }),
    close: () => Promise.resolve(),
  };
}

/** A generator that computes in a leased process. */
export function remoteGenerator(lease: ModelLease, timeLimit?: GenerationTimeLimit): Generator {
  return {
    generate: (
      passages: readonly Passage[],
      options: GenerateOptions,
      onProgress?: (finished: number) => void,
    ): Promise<Question[]> => {
      const limit = timeLimit?.(passages, options);
      return lease.request('generate', { passages, options }, { onProgress, timeLimit: limit });
    },
    close: () => Promise.resolve(),
  };
}
