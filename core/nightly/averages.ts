import type { QueryMetrics } from '../evaluation/evaluate.js';
import { summarize } from '../evaluation/summary.js';
import type { NightRecord } from './records.js';

/** Averages over languages by arm and metric, of rows that need not all have the same metrics. */
export function averagesByArm(rows: readonly QueryMetrics[]): NightRecord['metrics'] {
  const byArm = new Map<string, QueryMetrics[]>();
  for (const row of rows) {
    const own = byArm.get(row.arm);
    if (own) own.push(row);
    else byArm.set(row.arm, [row]);
  }
  return Object.fromEntries([...byArm].map(([arm, own]) => [arm, averages(own)]));
}

function averages(rows: readonly QueryMetrics[]): Record<string, number | null> {
  const metrics = new Set(rows.flatMap(({ values }) => Object.keys(values)));
  return Object.fromEntries(
    [...metrics].map((metric) => {
      const having = rows.filter(({ values }) => metric in values);
      return [metric, summarize(having).metrics[metric]?.all ?? null];
    }),
  );
}
