import { InvalidInputError } from '../errors.js';
import type { VectorBatch } from '../formats/vectors.js';

/**
 * The sums of those passages that have vectors. Sums have a row for every passage of the corpus; vectors lack the
 * passages that were quarantined while they were encoded.
 * @param what names the two for the message
 * @throws InvalidInputError naming a passage that has no sums, or has them out of order
 */
export function alignSums(passages: VectorBatch, sums: VectorBatch, what: string): VectorBatch {
  const rows: number[] = [];
  let next = 0;
  for (const docId of passages.ids) {
    const row = sums.ids.indexOf(docId, next);
    if (row === -1)
      throw new InvalidInputError(
        `Combining ${what}: passage ${docId} has a vector, but no sums at row ${next} or later; both must hold passages of the same corpus in the same order`,
      );
    rows.push(row);
    next = row + 1;
  }
  return rows.length === sums.ids.length ? sums : pickRows(sums, rows);
}

function pickRows(batch: VectorBatch, rows: readonly number[]): VectorBatch {
  const { dimensions } = batch;
  return {
    ...batch,
    ids: rows.map((row) => batch.ids[row] as string),
    columns: batch.columns.map(({ name, data }) => {
      const picked = new Float32Array(rows.length * dimensions);
      rows.forEach((row, to) =>
        picked.set(data.subarray(row * dimensions, (row + 1) * dimensions), to * dimensions),
      );
      return { name, data: picked };
    }),
  };
}
