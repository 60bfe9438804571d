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

const NAMES = ['questions', 'empty', 'repeated', 'cut'] as const;

/**
 * Counts the questions of whole passages, in any order. Questions of one passage must not be split over two
 * calls whose counts are added up later: repeats are only seen within one.
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

/**
 * The same counts as a flat record, `{"ar:questions": 192, "ar:empty": 0, …}`, as commit records hold them:
 * those of blocks and shards are added up by name.
 */
export function questionCounts(questions: Iterable<Question>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(reportQuestions(questions)).flatMap(([lang, counts]) =>
      NAMES.map((name) => [`${lang}:${name}`, counts[name]]),
    ),
  );
}

/** The report that flat counts stand for, languages sorted; counts of other things are left out. */
export function questionReport(flat: Readonly<Record<string, number>>): QuestionReport {
  const report: QuestionReport = {};
  for (const key of Object.keys(flat).sort()) {
    const [lang = '', name] = key.split(':');
    const known = NAMES.find((candidate) => candidate === name);
    if (!known) continue;
    const counts = (report[lang] ??= { questions: 0, empty: 0, repeated: 0, cut: 0 });
    counts[known] = flat[key] ?? 0;
  }
  return report;
}
