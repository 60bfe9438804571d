import type { BlockAtWork } from '../core/artifacts/block-at-work.js';
import type { EncoderInput, TextKind } from '../core/models/encoder.js';
import type { GenerateOptions } from '../core/models/generator.js';
import type { Passage, Question } from '../core/records.js';
import type { SearchJob } from '../core/stages/search-job.js';
import type { TransferredError } from './transferred-error.js';

/** The model that a model process holds for its whole life: sessions that are created and released leak. */
export type HeldModel =
  | {
      kind: 'encoder';
      model: string;
      /** Of the model: one whose files have changed is another, and is held by another process. */
      digest?: string;
      device: 'cpu' | 'cuda';
      batchTokens: number;
      computeType: 'float32' | 'int8';
      threads: number;
    }
  | {
      kind: 'generator';
      model: string;
      digest?: string;
      device: 'cpu' | 'cuda';
      batchRows: number;
      threads: number;
    }
  | { kind: 'search'; threads: number };

/** What can be asked of a model process, and what it answers. */
export interface ModelOperations {
  encode: {
    input: { texts: readonly EncoderInput[]; kind: TextKind; maxTokens?: number | undefined };
    output: Float32Array;
  };
  describe: { input: Record<string, never>; output: { dimensions: number; similarity: 'cosine' | 'dot' } };
  generate: { input: { passages: readonly Passage[]; options: GenerateOptions }; output: Question[] };
  openSearch: { input: SearchJob; output: null };
  restoreSearch: { input: Uint8Array; output: null };
  scanPassageShard: { input: { shard: number }; output: { bytes: Uint8Array; rows: number } };
}
export type ModelOperation = keyof ModelOperations;

export interface ModelRequest<O extends ModelOperation = ModelOperation> {
  id: number;
  operation: O;
  input: ModelOperations[O]['input'];
  /** The block that the answer is for. */
  block?: BlockAtWork | undefined;
}

export type ModelReply =
  | { type: 'ready' }
  | { type: 'result'; id: number; output: unknown }
  | { type: 'progress'; id: number; finished: number }
  | { type: 'error'; id: number | undefined; error: TransferredError };
