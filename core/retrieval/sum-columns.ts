import { InvalidInputError } from '../errors.js';
import type { VectorBatch, VectorColumn } from '../formats/vectors.js';

/** A language's sum over the first n questions. Files of others may name the column by the language alone. */
export interface SumColumnName {
  language: string;
  /** Absent for a bare language. */
  perLanguage?: number;
}

/** Parses `ar:3` or `ar`. */
export function parseSumColumn(name: string): SumColumnName {
  const match = /^(.+):([1-9]\d*)$/.exec(name);
  return match ? { language: match[1] as string, perLanguage: Number(match[2]) } : { language: name };
}

/**
 * The columns whose sum is Σ_{l∈L} S_{l:n}, in the order of the column names of the languages.
 * @param languages L; default all that the batch has
 * @param perLanguage n; default for each language the largest there is
 * @throws InvalidInputError naming the column that is missing
 */
export function selectSumColumns(
  sums: VectorBatch,
  languages?: readonly string[],
  perLanguage?: number,
): VectorColumn[] {
  const byLanguage = new Map<string, { n: number; column: VectorColumn }[]>();
  for (const column of sums.columns) {
    const { language, perLanguage: n = Infinity } = parseSumColumn(column.name);
    byLanguage.set(language, [...(byLanguage.get(language) ?? []), { n, column }]);
  }
  return [...new Set(languages ?? byLanguage.keys())].sort().map((language) => {
    const offered = byLanguage.get(language) ?? [];
    const chosen =
      perLanguage === undefined
        ? offered.reduce<(typeof offered)[number] | undefined>((a, b) => (a && a.n >= b.n ? a : b), undefined)
        : (offered.find(({ n }) => n === perLanguage) ?? offered.find(({ n }) => n === Infinity));
    if (chosen) return chosen.column;
    throw new InvalidInputError(
      `Adding up sums of questions: there is no column for ${language}${perLanguage === undefined ? '' : `:${perLanguage}`}; ` +
        `the sums have ${sums.columns.map(({ name }) => name).join(', ') || 'no columns'}`,
    );
  });
}

/**
 * Checks that vectors and sums are of the same passages in the same order.
 * @param what names the two for the message: `p.arrow and s.arrow`
 * @param firstRow number of the batches' first row in the files
 * @throws InvalidInputError naming the first difference
 */
export function checkAligned(passages: VectorBatch, sums: VectorBatch, what: string, firstRow = 0): void {
  if (passages.dimensions !== sums.dimensions)
    throw new InvalidInputError(
      `Combining ${what}: vectors of different dimensions, ${passages.dimensions} and ${sums.dimensions}; both must come from the same encoder`,
    );
  const rows = Math.max(passages.ids.length, sums.ids.length);
  for (let row = 0; row < rows; row++) {
    if (passages.ids[row] === sums.ids[row]) continue;
    const describe = (id: string | undefined) => (id === undefined ? 'the end' : `docId ${id}`);
    throw new InvalidInputError(
      `Combining ${what}: row ${firstRow + row} is ${describe(passages.ids[row])} in the one and ${describe(sums.ids[row])} in the other; ` +
        'both must hold the same passages in the same order',
    );
  }
}
