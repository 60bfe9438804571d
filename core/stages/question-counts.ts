import type { QuestionCounts, QuestionReport } from '../models/question-report.js';

const fields = ['questions', 'empty', 'repeated', 'cut'] as const satisfies readonly (keyof QuestionCounts)[];

/** A question report as the flat counts of a part's record: `repeated.ar`. */
export function countsOfReport(report: QuestionReport): Record<string, number> {
  return Object.fromEntries(
    Object.entries(report).flatMap(([lang, counts]) =>
      fields.map((field) => [`${field}.${lang}`, counts[field]]),
    ),
  );
}

/** The report that counts, added up over parts, stand for. */
export function reportOfCounts(counts: Readonly<Record<string, number>>): QuestionReport {
  const report: QuestionReport = {};
  for (const [name, value] of Object.entries(counts)) {
    const dot = name.indexOf('.');
    const field = fields.find((known) => known === name.slice(0, dot));
    if (field === undefined) continue;
    const ofLanguage = (report[name.slice(dot + 1)] ??= { questions: 0, empty: 0, repeated: 0, cut: 0 });
    ofLanguage[field] += value;
  }
  return report;
}
