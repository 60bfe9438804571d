import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Comparison, Outcome } from './comparison.js';
import { renderOutcomes } from './render.js';

/**
 * Writes compare.json and compare.md into a folder. Rows that were not measured this time keep what is there, each with
 * its own date.
 * @param order all rows there are, in the table's order
 */
export async function writeResults(
  folder: string,
  measured: readonly Outcome[],
  order: readonly Comparison[],
  machine: string,
): Promise<void> {
  const path = join(folder, 'compare.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const earlier = text === undefined ? [] : (JSON.parse(text) as { outcomes: Outcome[] }).outcomes;
  const outcomes = order.flatMap(({ id }) => {
    const outcome = measured.find((other) => other.id === id) ?? earlier.find((other) => other.id === id);
    return outcome === undefined ? [] : [outcome];
  });
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${JSON.stringify({ machine, outcomes }, null, 2)}\n`);
  await writeFile(join(folder, 'compare.md'), renderOutcomes(outcomes, machine));
}
