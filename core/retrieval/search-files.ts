import { InvalidInputError } from '../errors.js';
import { rankingsOfHits } from '../formats/rankings.js';
import { writeTrecFile } from '../formats/trec.js';
import { readVectorFile } from '../formats/vectors.js';
import { ArmSearch } from './search.js';
import { collectRows } from './vector-steps.js';

export interface SearchFilesOptions {
  /** Arrow IPC file of passages' vectors, one column. Read in pieces: it may be larger than memory. */
  passages: string;
  /** Arrow IPC file of queries' vectors, one column. Held in memory, with depth × 10 bytes more for each query. */
  queries: string;
  /** Passages kept of each query. */
  depth: number;
  /** TREC run file. */
  output: string;
  /**
   * `dot`: the score is the inner product of the vectors as they are in the files. `cosine` divides by both
   * lengths.
   * @default dot
   */
  similarity?: 'dot' | 'cosine';
  /** Threads of the matrix product; default the physical cores. */
  threads?: number;
}

const RUN = 'xqg';

/**
 * Exact search of vectors as they are: ranks all passages for each query, ties by docId, and writes a TREC run.
 * @throws InvalidInputError when a file is wrong, dimensions differ, or a queryId occurs twice
 */
export async function searchFiles(
  options: SearchFilesOptions,
): Promise<{ queries: number; passages: number }> {
  const { similarity = 'dot', depth, threads } = options;
  const queries = await collectRows(readVectorFile(options.queries));
  const [column, ...others] = queries.columns;
  if (!column || others.length > 0)
    throw new InvalidInputError(
      `Reading queries from ${options.queries}: expected one column of vectors, found ${queries.columns.map(({ name }) => name).join(', ')}`,
    );
  checkUnique(queries.ids, options.queries);
  const { ids, dimensions } = queries;
  const search = new ArmSearch(
    [{ id: RUN, label: RUN, encoder: RUN, similarity }],
    { ids, data: column.data, dimensions },
    { depth, seed: 0, ...(threads !== undefined && { threads }) },
  );
  let passages = 0;
  let piece = 0;
  // A scan copies the vectors that it needs.
  for await (const batch of readVectorFile(options.passages, { reuse: true })) {
    await search.scan(piece++, batch);
    passages += batch.ids.length;
  }
  await writeTrecFile(options.output, rankingsOfHits(search.hits(), RUN, ids), RUN);
  return { queries: ids.length, passages };
}

function checkUnique(ids: readonly string[], file: string): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id))
      throw new InvalidInputError(
        `Reading queries from ${file}: queryId ${id} occurs twice; ids must differ`,
      );
    seen.add(id);
  }
}
