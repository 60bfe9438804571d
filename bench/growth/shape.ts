/** What of an experiment decides how much memory its processes take, the number of passages not among it. */
export interface Shape {
  /** passages of a shard */
  shardPassages: number;
  /** of vectors; where they come from a model, the model's own */
  dimensions: number;
  /** columns of sums that the arms use */
  columns: number;
  queries: number;
  /** hits kept of each query and arm */
  depth: number;
  /** tokens of a batch of the encoder, padding included */
  batchTokens: number;
  /** passages between checkpoints of encode and generate */
  blockPassages: number;
  /** questions between checkpoints of accumulate */
  blockQuestions: number;
  /** questions that the generator decodes together */
  batchRows: number;
}
