/** Which of a bi-encoder's two sides a text is for; it decides prefix and token limit. */
export type TextKind = 'passage' | 'query';

/** What the encoder is given: passages have a title (possibly empty), queries none. */
export interface EncoderInput {
  title?: string;
  text: string;
}

/** A bi-encoder. Implemented on ONNX Runtime in this process, and by the client of the model process. */
export interface Encoder {
  readonly dimensions: number;
  /** How the model was trained to compare: `cosine` vectors come out with length 1 when the card normalises. */
  readonly similarity: 'cosine' | 'dot';
  /**
   * Encodes texts. The result holds `texts.length × dimensions` float32 values, row i for text i. Batches are
   * formed from these texts alone, so equal calls give equal bytes.
   * @param maxTokens instead of the card's limit; prefix and special tokens included
   */
  encode(texts: readonly EncoderInput[], kind: TextKind, maxTokens?: number): Promise<Float32Array>;
  close(): Promise<void>;
}
