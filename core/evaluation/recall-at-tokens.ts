import type { Hit } from '../records.js';

/**
 * Recall at k tokens of one query, as the evaluation script of XOR-Retrieve counts it (XOR QA, arXiv 2010.11856,
 * section 4.1; `eval_xor_retrieve.py`): the word tokens of the ranked passages' texts are put one after the
 * other, up to the limit, and joined by single spaces; it is a hit when an answer occurs in them, as a
 * substring, case counting. Answers `yes` and `no` do not count.
 * @returns null when the query has no answer that counts: it is left out
 */
export function recallAtTokens(
  ranking: readonly Hit[],
  answers: readonly string[],
  limit: number,
  tokensOf: (docId: string) => readonly string[],
): boolean | null {
  const spans = spanAnswers(answers);
  if (spans.length === 0) return null;
  const tokens: string[] = [];
  for (const { docId } of ranking) {
    for (const token of tokensOf(docId)) tokens.push(token);
    if (tokens.length >= limit) break;
  }
  const text = tokens.slice(0, limit).join(' ');
  return spans.some((answer) => text.includes(answer));
}

/** The answers that can be looked for in a text. */
export function spanAnswers(answers: readonly string[]): string[] {
  return answers.filter((answer) => answer !== 'yes' && answer !== 'no');
}
