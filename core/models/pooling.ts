/** A batch's hidden states as the graph gives them, and which of them are tokens and not padding. */
export interface HiddenStates {
  /** rows × sequence × dimensions, row-major */
  values: Float32Array;
  sequence: number;
  dimensions: number;
  /** Tokens of each row; padding follows them. */
  lengths: readonly number[];
}

/** The first token's vector of each row (`[CLS]`, `<s>`); rows × dimensions. */
export function poolCls({ values, sequence, dimensions, lengths }: HiddenStates): Float32Array {
  const pooled = new Float32Array(lengths.length * dimensions);
  for (let row = 0; row < lengths.length; row++) {
    const start = row * sequence * dimensions;
    pooled.set(values.subarray(start, start + dimensions), row * dimensions);
  }
  return pooled;
}

/** The mean of each row's token vectors, padding left out; rows × dimensions. */
export function poolMean({ values, sequence, dimensions, lengths }: HiddenStates): Float32Array {
  const pooled = new Float32Array(lengths.length * dimensions);
  const sums = new Float64Array(dimensions);
  for (const [row, length] of lengths.entries()) {
    sums.fill(0);
    let at = row * sequence * dimensions;
    for (let token = 0; token < length; token++)
      for (let d = 0; d < dimensions; d++) sums[d] = (sums[d] as number) + (values[at++] as number);
    for (let d = 0; d < dimensions; d++) pooled[row * dimensions + d] = (sums[d] as number) / length;
  }
  return pooled;
}

/** Divides each vector by its length, in place; a vector of zeros stays as it is. */
export function normalizeRows(vectors: Float32Array, dimensions: number): void {
  for (let start = 0; start < vectors.length; start += dimensions) {
    let squares = 0;
    for (let i = start; i < start + dimensions; i++) squares += (vectors[i] as number) ** 2;
    const length = Math.sqrt(squares) || 1;
    for (let i = start; i < start + dimensions; i++) vectors[i] = (vectors[i] as number) / length;
  }
}
