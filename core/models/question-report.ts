import type { Question } from '../records.js';

/** What became of the questions in one language. */
export interface QuestionCounts {
  questions: number;
  /** Without text. */
  empty: number;
  /** With the text of an earlier question of the same passage and language; empty ones are not counted here. */
  repeated: number;
  /** Ended by the limit of new tokens instead of the end token. */
  cut: number;
}

/** Counts by language code, plain JSON. */
export type QuestionReport = Record<string, QuestionCounts>;

/**
 * Counts the questions of whole passages, in any order. Questions of one passage must not be split over two
 * reports whose counts are added up later: repeats are only seen within one.
 */
export function reportQuestions(questions: Iterable<Question>): QuestionReport {
  const report: QuestionReport = {};
  const seen = new Set<string>();
  for (const { docId, lang, text, end } of questions) {
    const counts = (report[lang] ??= { questions: 0, empty: 0, repeated: 0, cut: 0 });
    counts.questions++;
    if (end === 'cut') counts.cut++;
    if (text.trim() === '') {
      counts.empty++;
      continue;
    }
    const key = JSON.stringify([docId, lang, text]);
    if (seen.has(key)) counts.repeated++;
    seen.add(key);
  }
  return report;
}
