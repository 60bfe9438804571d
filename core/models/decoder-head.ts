/** What a row's next token is chosen from. */
export interface TokenScores {
  /** Logits of `tokens`, or of the whole vocabulary; of suppressed tokens -Infinity. */
  logits: Float32Array;
  /** Ascending. Absent: the position is the token. */
  tokens?: readonly number[];
}

/** The last step of a decoder: from what its graph gives for each row to the logits that a choice needs. */
export interface DecoderHead {
  /**
   * @param values rows × width: what the decoder's graph gave
   * @returns a function of the row, to be called before the next call of `score`
   */
  score(values: Float32Array, width: number): Promise<(row: number) => TokenScores>;
}

/** The head of a graph that gives the logits itself. */
export class WholeHead implements DecoderHead {
  constructor(readonly suppressTokenIds: readonly number[]) {}

  score(values: Float32Array, width: number): Promise<(row: number) => TokenScores> {
    return Promise.resolve((row) => {
      const logits = values.subarray(row * width, (row + 1) * width);
      for (const token of this.suppressTokenIds) logits[token] = Number.NEGATIVE_INFINITY;
      return { logits };
    });
  }
}
