import type { VectorBatch } from '../formats/vectors.js';
import { checkAligned } from './sum-columns.js';

/** Rows [start, end) of a batch; columns are views. */
export function sliceRows(batch: VectorBatch, start: number, end: number): VectorBatch {
  const { dimensions } = batch;
  return {
    ...batch,
    ids: batch.ids.slice(start, end),
    columns: batch.columns.map(({ name, data }) => ({
      name,
      data: data.subarray(start * dimensions, end * dimensions),
    })),
  };
}

/**
 * All batches as one.
 * @param batches each in memory of its own
 * @throws Error when there is none
 */
export async function collectRows(batches: AsyncIterable<VectorBatch>): Promise<VectorBatch> {
  const all: VectorBatch[] = [];
  for await (const batch of batches) all.push(batch);
  const [first] = all;
  if (!first) throw new Error('Collecting vectors: expected at least one batch, found none');
  const ids = all.flatMap((batch) => batch.ids);
  const columns = first.columns.map(({ name }, i) => {
    const data = new Float32Array(ids.length * first.dimensions);
    let at = 0;
    for (const batch of all) {
      const part = batch.columns[i]?.data ?? new Float32Array(0);
      data.set(part, at);
      at += part.length;
    }
    return { name, data };
  });
  return { ...first, ids, columns };
}

/**
 * Goes through two files of vectors in step, whatever their record batches. Of neither is a batch asked for before all of
 * the one before was taken: either may read them into the same memory. So a step is good until the next is asked for.
 * @param what names the two for messages: `p.arrow and s.arrow`
 * @throws InvalidInputError naming the first row where their ids differ or one ends before the other
 */
export async function* inStep(
  passages: AsyncIterable<VectorBatch>,
  sums: AsyncIterable<VectorBatch>,
  what: string,
): AsyncGenerator<{ passages: VectorBatch; sums: VectorBatch }> {
  const others = sums[Symbol.asyncIterator]();
  let other: VectorBatch | undefined;
  let row = 0;
  const refill = async (): Promise<void> => {
    if (other && other.ids.length > 0) return;
    const next = await others.next();
    other = next.done === true ? undefined : next.value;
  };
  try {
    for await (const batch of passages) {
      let rest = batch;
      while (rest.ids.length > 0) {
        await refill();
        const available: VectorBatch = other ?? { ...rest, ids: [], columns: [] };
        const count = Math.min(rest.ids.length, available.ids.length);
        if (count === 0) checkAligned(rest, available, what, row);
        const step = { passages: sliceRows(rest, 0, count), sums: sliceRows(available, 0, count) };
        checkAligned(step.passages, step.sums, what, row);
        yield step;
        row += count;
        rest = sliceRows(rest, count, rest.ids.length);
        other = sliceRows(available, count, available.ids.length);
      }
    }
    await refill();
    if (other) checkAligned({ ...other, ids: [] }, other, what, row);
  } finally {
    await others.return?.();
  }
}
