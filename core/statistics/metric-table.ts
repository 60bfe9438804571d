import type { QueryMetrics } from '../evaluation/evaluate.js';

/** The queries of one language, with the values of every arm in the same order. */
export interface Stratum {
  language: string;
  /** Ascending, so that what is drawn at random does not depend on the order of the rows. */
  queryIds: readonly string[];
  /** By arm id, one value a query, in the metric's own unit. */
  values: ReadonlyMap<string, Float64Array>;
}

/** One metric of several arms, on the queries that count for all of them. */
export interface MetricTable {
  metric: string;
  /** By language, ascending; languages without a query are left out. */
  strata: readonly Stratum[];
  /** Queries that have a value under some of the arms and not under all: they cannot be paired. */
  leftOut: number;
}

/**
 * Pairs the values of one metric by query.
 * @param rows of all arms that are to be compared, in any order
 */
export function metricTable(rows: readonly QueryMetrics[], metric: string): MetricTable {
  const arms = new Set(rows.map(({ arm }) => arm));
  const languages = new Map<string, Map<string, Map<string, number>>>();
  for (const { arm, queryId, lang, values } of rows) {
    const value = values[metric];
    if (value === null || value === undefined) continue;
    const queries = childOf(languages, lang, () => new Map<string, Map<string, number>>());
    childOf(queries, queryId, () => new Map<string, number>()).set(arm, value);
  }
  let leftOut = 0;
  const strata: Stratum[] = [];
  for (const [language, queries] of [...languages].sort(byKey)) {
    const complete = [...queries].filter(([, byArm]) => byArm.size === arms.size).sort(byKey);
    leftOut += queries.size - complete.length;
    if (complete.length === 0) continue;
    strata.push({
      language,
      queryIds: complete.map(([queryId]) => queryId),
      values: new Map(
        [...arms].map((arm) => [arm, Float64Array.from(complete, ([, byArm]) => byArm.get(arm) ?? NaN)]),
      ),
    });
  }
  return { metric, strata, leftOut };
}

/** Whether the table has values of the arm; one without queries has none to miss. */
export function hasArm({ strata }: MetricTable, arm: string): boolean {
  return strata.every(({ values }) => values.has(arm));
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function childOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
