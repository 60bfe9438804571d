import { averagePrecision } from './average-precision.js';
import { mean } from './mean.js';

/**
 * One PAWS-X row under one arm. The query is sentence 1 in the language; the corpus is all English sentences, encoded
 * as passages.
 */
export interface AdversarialRow {
  arm: string;
  lang: string;
  /** Id of the pair, the same in every language. */
  pairId: string;
  /** Of the English pair: 1 for a paraphrase, 0 for an adversarial one. */
  label: 0 | 1;
  /** Of the pair in the language; of a few it differs. */
  pairLabel: 0 | 1;
  /** Score of the true translation, the English sentence 1. */
  trueScore: number;
  /** Score of the English sentence 2. */
  otherScore: number;
  /**
   * Of the true translation in the whole corpus, 1 being first; for paraphrases of the better of both sentences, the
   * other not counting. A sentence with the same score counts as before it.
   */
  rank: number;
}

/** Averages over the rows of one arm and language; null without rows. */
export interface AdversarialFigures {
  /** Average precision of `otherScore`, label 1 of the language against 0, in [0, 1]. */
  ap: number | null;
  /** Of label 0: share where the adversary scores at least as high as the true translation. */
  winRate: number | null;
  /** Of label 0: mean of the true translation's score minus the adversary's, in the arm's similarity. */
  meanMargin: number | null;
  /** Of label 0: share where the true translation is first in the whole corpus. */
  robustAccuracy: number | null;
  /** Of label 0: mean reciprocal rank of the true translation. */
  mrr: number | null;
  /** Rows with label 0. */
  rows: number;
  /** Rows with label 1, whose sentences are both relevant: share with one of them first, and mean reciprocal rank. */
  paraphrases: { accuracy: number | null; mrr: number | null; rows: number };
}

/** Figures of rows of one arm and language. */
export function summarizeAdversarial(rows: readonly AdversarialRow[]): AdversarialFigures {
  const adversarial = rows.filter(({ label }) => label === 0);
  const paraphrases = rows.filter(({ label }) => label === 1);
  return {
    ap: averagePrecision(
      rows.map(({ otherScore }) => otherScore),
      rows.map(({ pairLabel }) => pairLabel),
    ),
    winRate: average(adversarial, ({ trueScore, otherScore }) => (otherScore >= trueScore ? 1 : 0)),
    meanMargin: average(adversarial, ({ trueScore, otherScore }) => trueScore - otherScore),
    robustAccuracy: average(adversarial, first),
    mrr: average(adversarial, reciprocal),
    rows: adversarial.length,
    paraphrases: {
      accuracy: average(paraphrases, first),
      mrr: average(paraphrases, reciprocal),
      rows: paraphrases.length,
    },
  };
}

/**
 * The average over languages, each counting the same; English is left out where there are others, because its true
 * translation is the query itself. Rows are added up.
 */
export function averageAdversarial(byLanguage: ReadonlyMap<string, AdversarialFigures>): AdversarialFigures {
  const others = [...byLanguage].filter(([language]) => language !== 'en');
  const figures = (others.length > 0 ? others : [...byLanguage]).map(([, found]) => found);
  const over = (value: (found: AdversarialFigures) => number | null): number | null => {
    const values = figures.flatMap((found) => value(found) ?? []);
    return values.length === 0 ? null : mean(values);
  };
  const total = (value: (found: AdversarialFigures) => number): number =>
    figures.reduce((sum, found) => sum + value(found), 0);
  return {
    ap: over(({ ap }) => ap),
    winRate: over(({ winRate }) => winRate),
    meanMargin: over(({ meanMargin }) => meanMargin),
    robustAccuracy: over(({ robustAccuracy }) => robustAccuracy),
    mrr: over(({ mrr }) => mrr),
    rows: total(({ rows }) => rows),
    paraphrases: {
      accuracy: over(({ paraphrases }) => paraphrases.accuracy),
      mrr: over(({ paraphrases }) => paraphrases.mrr),
      rows: total(({ paraphrases }) => paraphrases.rows),
    },
  };
}

/** Of the rows with label 0 in languages other than English: where the adversary wins under one arm and not another. */
export interface OutcomeChanges {
  /** The adversary wins, and did not before. */
  lost: number;
  /** The adversary won before, and does no longer. */
  won: number;
}

/** What changes from one arm's outcomes to another's, pair by pair. */
export function outcomeChanges(
  before: readonly AdversarialRow[],
  after: readonly AdversarialRow[],
): OutcomeChanges {
  const key = ({ lang, pairId }: AdversarialRow) => `${lang} ${pairId}`;
  const wins = ({ trueScore, otherScore }: AdversarialRow) => otherScore >= trueScore;
  const earlier = new Map(before.map((row) => [key(row), wins(row)]));
  const changes = { lost: 0, won: 0 };
  for (const row of after) {
    const won = earlier.get(key(row));
    if (row.label === 1 || row.lang === 'en' || won === undefined || won === wins(row)) continue;
    if (won) changes.won++;
    else changes.lost++;
  }
  return changes;
}

/**
 * Rank of the best of the relevant sentences in a corpus.
 * @param scores of every sentence
 * @param relevant positions in `scores`
 */
export function pessimisticRank(scores: ArrayLike<number>, relevant: readonly number[]): number {
  const best = Math.max(...relevant.map((position) => scores[position] ?? -Infinity));
  let rank = 1;
  for (let i = 0; i < scores.length; i++)
    if ((scores[i] ?? -Infinity) >= best && !relevant.includes(i)) rank++;
  return rank;
}

function first({ rank }: AdversarialRow): number {
  return rank === 1 ? 1 : 0;
}

function reciprocal({ rank }: AdversarialRow): number {
  return 1 / rank;
}

function average(rows: readonly AdversarialRow[], value: (row: AdversarialRow) => number): number | null {
  return rows.length === 0 ? null : mean(rows.map(value));
}
