/**
 * Groups sequences of like length, so that padding to the longest of a batch wastes little: sequences are taken
 * by ascending length (equal lengths in input order), and a batch is closed before rows × longest would pass the
 * budget. A sequence longer than the budget is a batch alone. The batches follow from the lengths alone.
 * @param lengths tokens of each sequence
 * @param batchTokens most tokens of a batch, padding included
 * @returns for each batch, positions in `lengths`; the last is the longest
 */
export function batchesByLength(lengths: readonly number[], batchTokens: number): number[][] {
  const order = lengths
    .map((length, position) => ({ length, position }))
    .sort((a, b) => a.length - b.length || a.position - b.position);
  const batches: number[][] = [];
  let batch: number[] = [];
  for (const { length, position } of order) {
    if (batch.length > 0 && (batch.length + 1) * length > batchTokens) {
      batches.push(batch);
      batch = [];
    }
    batch.push(position);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
