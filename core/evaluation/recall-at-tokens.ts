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
  const texts: string[] = [];
  let left = limit;
  for (const { docId } of ranking) {
    const tokens = tokensOf(docId);
    const text = tokens.length <= left ? joined(tokens) : tokens.slice(0, left).join(' ');
    // Most hits lie within one passage, often the first: then nothing has to be put together.
    if (occurs(spans, text)) return true;
    texts.push(text);
    left -= tokens.length;
    if (left <= 0) break;
  }
  return occurs(spans, texts.filter((text) => text !== '').join(' '));
}

const joinedTexts = new WeakMap<readonly string[], string>();

/** A passage's tokens as one text, made once however many rankings it is in. */
function joined(tokens: readonly string[]): string {
  const known = joinedTexts.get(tokens);
  if (known !== undefined) return known;
  const text = tokens.join(' ');
  joinedTexts.set(tokens, text);
  return text;
}

function occurs(spans: readonly string[], text: string): boolean {
  return spans.some((answer) => text.includes(answer));
}

/** The answers that can be looked for in a text. */
export function spanAnswers(answers: readonly string[]): string[] {
  return answers.filter((answer) => answer !== 'yes' && answer !== 'no');
}
