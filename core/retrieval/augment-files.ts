import { openVectorFileWriter, readVectorFile, type Precision } from '../formats/vectors.js';
import { combine } from './augment.js';
import { selectSumColumns } from './sum-columns.js';
import { inStep } from './vector-steps.js';

export interface AugmentFilesOptions {
  /** Arrow IPC file of passages' vectors, one column. */
  passages: string;
  /** Arrow IPC file of the same passages' sums, in the same order: columns `ar:3`, `ar+bn:3` or `ar`. */
  sums: string;
  alpha: number;
  /** L; default all languages of the sums. */
  languages?: readonly string[];
  /** n; default for each language the largest there is. */
  perLanguage?: number;
  output: string;
  /**
   * Divide each vector by its length, for indexes that compare by cosine.
   * @default false
   */
  normalize?: boolean;
  /** Of the output. @default float32 */
  precision?: Precision;
}

/**
 * Writes p' = (1 − α)·p + α·Σ_{l∈L} S_{l:n} of every passage, streaming; the output appears when it is complete.
 * @returns how many passages there were, and the names of the columns that were added up
 * @throws InvalidInputError when the files are not of the same passages in the same order, dimensions differ, or
 * a column is missing
 */
export async function augmentFiles(
  options: AugmentFilesOptions,
): Promise<{ passages: number; columns: string[] }> {
  const { alpha, languages, perLanguage, normalize = false } = options;
  const writer = openVectorFileWriter(options.output, options.precision ?? 'float32');
  let rows = 0;
  let names: string[] = [];
  try {
    const steps = inStep(
      readVectorFile(options.passages, { reuse: true }),
      readVectorFile(options.sums, { reuse: true }),
      `${options.passages} and ${options.sums}`,
    );
    for await (const { passages, sums } of steps) {
      const columns = selectSumColumns(sums, languages, perLanguage);
      const added = new Float32Array(passages.ids.length * passages.dimensions);
      for (const { data } of columns) {
        for (let i = 0; i < added.length; i++) added[i] = (added[i] as number) + (data[i] as number);
      }
      await writer.write({ ...combine(passages, added, alpha, normalize), idColumn: 'docId' });
      rows += passages.ids.length;
      names = columns.map(({ name }) => name);
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
  return { passages: rows, columns: names };
}
