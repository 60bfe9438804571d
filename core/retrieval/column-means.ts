import { InvalidInputError } from '../errors.js';
import type { VectorBatch } from '../formats/vectors.js';
import type { ColumnMeans } from './directions.js';

/** Totals of sum columns over some passages: what is needed of a shard to know the mean over all of them. */
export interface ColumnTotals {
  passages: number;
  /** Column name → dimensions totals, float64. */
  totals: Map<string, Float64Array>;
}

/** Adds up each column of a batch over its passages. */
export function totalsOf(sums: VectorBatch): ColumnTotals {
  const { dimensions, ids } = sums;
  const totals = new Map<string, Float64Array>();
  for (const { name, data } of sums.columns) {
    const total = new Float64Array(dimensions);
    for (let i = 0; i < data.length;) {
      for (let d = 0; d < dimensions; d++, i++) total[d] = (total[d] as number) + (data[i] as number);
    }
    totals.set(name, total);
  }
  return { passages: ids.length, totals };
}

/**
 * The mean of each column over all passages. Give the shards in the same order for the same bits.
 * @throws InvalidInputError when there is no passage
 * @throws Error when shards have different columns
 */
export function meansOf(shards: readonly ColumnTotals[]): ColumnMeans {
  const filled = shards.filter(({ passages }) => passages > 0);
  const [first] = filled;
  if (!first) throw new InvalidInputError('Averaging sums of questions: there are no passages');
  const passages = filled.reduce((sum, shard) => sum + shard.passages, 0);
  const names = [...first.totals.keys()].sort();
  for (const { totals } of filled) {
    const found = [...totals.keys()].sort();
    if (found.join() !== names.join())
      throw new Error(
        `Averaging sums of questions: expected columns ${names.join(', ')}, found ${found.join(', ')}`,
      );
  }
  return new Map(
    names.map((name) => {
      const all = new Float64Array(first.totals.get(name)?.length ?? 0);
      for (const { totals } of filled) {
        totals.get(name)?.forEach((value, d) => {
          all[d] = (all[d] as number) + value;
        });
      }
      return [name, Float32Array.from(all, (value) => value / passages)];
    }),
  );
}
