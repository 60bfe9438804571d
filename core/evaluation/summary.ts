import type { QueryMetrics } from './evaluate.js';
import { mean } from './mean.js';

export interface Averages {
  /** Average over the languages' averages; null when no query counts. */
  all: number | null;
  /** Average over the language's queries that count; languages without any are left out. */
  byLanguage: Record<string, number>;
}

export interface Counts {
  all: number;
  byLanguage: Record<string, number>;
}

/** What `xqg evaluate` writes. */
export interface EvaluationSummary {
  /** By metric name, in percent for recall at k tokens and in [0, 1] otherwise. */
  metrics: Record<string, Averages>;
  /** All queries that were evaluated. */
  queries: Counts;
  /** For each metric that leaves queries out: how many are in its averages. */
  counted?: Record<string, Counts>;
}

/** Averages of one arm's query metrics: over the queries of a language, then over languages (macro average). */
export function summarize(rows: readonly QueryMetrics[]): EvaluationSummary {
  const languages = new Map<string, QueryMetrics[]>();
  for (const row of rows) {
    const ofLanguage = languages.get(row.lang);
    if (ofLanguage) ofLanguage.push(row);
    else languages.set(row.lang, [row]);
  }
  const sorted = [...languages].sort(([a], [b]) => (a < b ? -1 : 1));
  const names = Object.keys(rows[0]?.values ?? {});
  const metrics: Record<string, Averages> = {};
  const counted: Record<string, Counts> = {};
  for (const name of names) {
    const values = sorted.map(([language, ofLanguage]) => ({
      language,
      values: ofLanguage.flatMap((row) => row.values[name] ?? []),
    }));
    const means = values.flatMap((entry) =>
      entry.values.length === 0 ? [] : [[entry.language, mean(entry.values)] as const],
    );
    metrics[name] = {
      all: means.length === 0 ? null : mean(means.map(([, value]) => value)),
      byLanguage: Object.fromEntries(means),
    };
    const counts = countsOf(values.map((entry) => [entry.language, entry.values.length]));
    if (counts.all < rows.length) counted[name] = counts;
  }
  return {
    metrics,
    queries: countsOf(sorted.map(([language, ofLanguage]) => [language, ofLanguage.length])),
    ...(Object.keys(counted).length > 0 && { counted }),
  };
}

function countsOf(byLanguage: readonly (readonly [string, number])[]): Counts {
  return {
    all: byLanguage.reduce((sum, [, count]) => sum + count, 0),
    byLanguage: Object.fromEntries(byLanguage),
  };
}
