import type { Passage, Question } from '../records.js';

/** How the next token is chosen. */
export type Decoding =
  | { mode: 'greedy' }
  | {
      mode: 'sample';
      /** Keep the k likeliest tokens; 0 keeps all. */
      topK: number;
      /** Then keep the smallest set of tokens whose probability reaches p; 1 keeps all. */
      topP: number;
      temperature: number;
      /** Each question draws from its own stream, seeded by (seed, docId, language, index). */
      seed: number;
    };

export interface GenerateOptions {
  languages: readonly string[];
  /** Questions for each passage and language. */
  perLanguage: number;
  decoding: Decoding;
}

/** Writes questions for passages. Implemented on ONNX Runtime, by an OpenAI-compatible server, and by the client of the model process. */
export interface Generator {
  /**
   * Returns `passages.length × languages.length × perLanguage` questions, ordered by passage, language (in the
   * order given) and index. Empty questions are returned too, with empty text. Batches follow from these
   * passages and options alone. `onProgress` is told how many questions are finished.
   */
  generate(passages: readonly Passage[], options: GenerateOptions, onProgress?: (finished: number) => void): Promise<Question[]>;
  close(): Promise<void>;
}
