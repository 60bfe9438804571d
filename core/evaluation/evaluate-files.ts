import type { DatasetContext } from '../datasets/context.js';
import { readPassages } from '../datasets/passages.js';
import { readQrels } from '../datasets/qrels.js';
import { readQueries } from '../datasets/queries.js';
import { InvalidInputError } from '../errors.js';
import { writeJsonFile } from '../formats/json-file.js';
import { readTrecFile } from '../formats/trec.js';
import type { Query, Rankings } from '../records.js';
import { checkCountable, evaluateRankings } from './evaluate.js';
import { parseMetric } from './metric.js';
import { PassageTokens } from './passage-tokens.js';
import { loadSentenceParameters } from './sentence-parameters.js';
import { summarize, type EvaluationSummary } from './summary.js';

export interface EvaluateFilesOptions {
  /** TREC run file. */
  run: string;
  /** Passages; read only for recall at k tokens, and only the ranked passages' texts are kept. */
  corpus: string;
  queries: string;
  qrels?: string;
  /** Folder of Punkt's parameters, see {@link loadSentenceParameters}. */
  punkt?: string;
  /** Names, see {@link parseMetric}. */
  metrics: readonly string[];
  /** JSON file for the summary. */
  output: string;
}

/**
 * Evaluates a run file and writes the summary; the output appears when it is complete.
 * @returns the summary, and how many of the run's queries are not among the queries and were passed over
 * @throws InvalidInputError when a file is wrong or a metric cannot be computed from what was given
 */
export async function evaluateFiles(
  options: EvaluateFilesOptions,
  context: DatasetContext,
): Promise<{ summary: EvaluationSummary; unknownQueries: number }> {
  const metrics = options.metrics.map(parseMetric);
  const rankings = await readTrecFile(options.run);
  const queries: Query[] = [];
  for await (const batch of readQueries({ files: options.queries }, context)) queries.push(...batch);
  const known = new Set(queries.map(({ queryId }) => queryId));
  const unknownQueries = [...rankings.keys()].filter((queryId) => !known.has(queryId)).length;
  if (rankings.size > 0 && unknownQueries === rankings.size)
    throw new InvalidInputError(
      `Evaluating ${options.run}: none of its queries is in ${options.queries}; do they belong together?`,
    );
  const qrels = options.qrels === undefined ? undefined : await readQrels({ files: options.qrels }, context);
  checkCountable(options.metrics, queries, qrels);
  const { parameters } = await loadSentenceParameters(options.punkt, context.openStore);
  const texts = metrics.some(({ needs }) => needs === 'answers')
    ? await textsOf(rankings, known, options.corpus, context)
    : undefined;
  const rows = await evaluateRankings({
    arm: options.run,
    rankings,
    queries,
    metrics: options.metrics,
    ...(qrels && { qrels }),
    ...(texts && { tokens: new PassageTokens(async () => texts, parameters) }),
  });
  const summary = summarize(rows);
  await writeJsonFile(options.output, summary);
  return { summary, unknownQueries };
}

/** Texts of the ranked passages, in one go through the corpus. */
async function textsOf(
  rankings: Rankings,
  queryIds: ReadonlySet<string>,
  corpus: string,
  context: DatasetContext,
): Promise<Map<string, string>> {
  const wanted = new Set<string>();
  for (const [queryId, hits] of rankings)
    if (queryIds.has(queryId)) for (const { docId } of hits) wanted.add(docId);
  const texts = new Map<string, string>();
  for await (const passages of readPassages({ files: corpus }, context))
    for (const { docId, text } of passages) if (wanted.has(docId)) texts.set(docId, text);
  return texts;
}
