import { InvalidInputError } from '../errors.js';
import type { VectorBatch, VectorColumn } from '../formats/vectors.js';
import type { Augmentation } from './arms.js';

/** Σ_{l∈L} Σ_{j≤n} q_{l,j} of each passage: languages that are always summed together share a column. */
export interface SumColumn {
  /** L, ascending. */
  languages: readonly string[];
  /** n */
  perLanguage: number;
}

/** `ar:3`, or `ar+bn:3` for languages that are summed together. */
export function sumColumnName({ languages, perLanguage }: SumColumn): string {
  return `${languages.join('+')}:${perLanguage}`;
}

/** Parses a column's name. Files of others may name it by the language alone: then n is unknown, and Infinity. */
export function parseSumColumn(name: string): SumColumn {
  const match = /^(.+):([1-9]\d*)$/.exec(name);
  const languages = (match?.[1] ?? name).split('+');
  return { languages, perLanguage: match ? Number(match[2]) : Infinity };
}

/** A column for each language and each n. */
export function separateColumns(languages: readonly string[], prefixes: readonly number[]): SumColumn[] {
  return languages.flatMap((language) =>
    prefixes.map((perLanguage) => ({ languages: [language], perLanguage })),
  );
}

/**
 * The columns whose sum is Σ_{l∈L} S_{l:n}, in the order of their names.
 * @param languages L; default all that the batch has
 * @param perLanguage n; default for each language the largest there is
 * @throws InvalidInputError naming the languages that no column gives
 */
export function selectSumColumns(
  sums: VectorBatch,
  languages?: readonly string[],
  perLanguage?: number,
): VectorColumn[] {
  const offered = sums.columns
    .map((column) => ({ column, ...parseSumColumn(column.name) }))
    .filter(({ perLanguage: n }) => perLanguage === undefined || n === perLanguage || n === Infinity)
    // A column that names its n goes before one that does not; else more questions, then more languages, first.
    .sort((a, b) => rank(b) - rank(a) || b.languages.length - a.languages.length);
  const missing = new Set(languages ?? sums.columns.flatMap(({ name }) => parseSumColumn(name).languages));
  const chosen: VectorColumn[] = [];
  for (const { column, languages: own } of offered) {
    if (!own.every((language) => missing.has(language))) continue;
    for (const language of own) missing.delete(language);
    chosen.push(column);
  }
  if (missing.size === 0) return chosen.sort((a, b) => (a.name < b.name ? -1 : 1));
  throw new InvalidInputError(
    `Adding up sums of questions: there is no column for ${[...missing].sort().join(', ')}${perLanguage === undefined ? '' : ` with n = ${perLanguage}`}; ` +
      `the sums have ${sums.columns.map(({ name }) => name).join(', ') || 'no columns'}`,
  );

  function rank({ perLanguage: n }: SumColumn): number {
    return perLanguage !== undefined && n === Infinity ? 0 : n;
  }
}

/** Whether one of these augmentations can use a column, so that others need not be kept in memory. */
export function usesColumn(augmentations: readonly Augmentation[], name: string): boolean {
  const { languages, perLanguage } = parseSumColumn(name);
  return augmentations.some(
    (augmentation) =>
      (perLanguage === augmentation.perLanguage || perLanguage === Infinity) &&
      languages.every((language) => augmentation.languages.includes(language)),
  );
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
