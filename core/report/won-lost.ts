import type { QueryMetrics } from '../evaluation/evaluate.js';
import type { ReportData } from './report-data.js';
import { compareGroups } from './summary.js';

/** A query and how an augmentation moved it. */
export interface MovedQuery {
  queryId: string;
  lang: string;
  before: number;
  after: number;
}

export interface MovedQueries {
  counts: { won: number; lost: number; same: number };
  won: MovedQuery[];
  lost: MovedQuery[];
}

/** The arms that a report shows single queries of: the best xQG arm and its encoder alone, of the first comparison. */
export function armsToShow(data: ReportData): { arm: string; against: string } | undefined {
  const comparison = compareGroups(data).find(({ baseline }) => baseline !== undefined);
  if (comparison?.baseline === undefined) return undefined;
  return { arm: comparison.best.arm.id, against: comparison.baseline.arm.id };
}

/**
 * The queries that moved most, up and down, from different languages as far as there are any: the largest movement
 * of each language first. Equal movements are ordered by query id.
 * @param most of each direction
 */
export function movedQueries(
  before: readonly QueryMetrics[],
  after: readonly QueryMetrics[],
  metric: string,
  most: number,
): MovedQueries {
  const earlier = new Map(before.map(({ queryId, values }) => [queryId, values[metric]]));
  const moved: MovedQuery[] = [];
  let same = 0;
  for (const { queryId, lang, values } of after) {
    const [from, to] = [earlier.get(queryId), values[metric]];
    if (from === undefined || from === null || to === undefined || to === null) continue;
    if (from === to) same++;
    else moved.push({ queryId, lang, before: from, after: to });
  }
  const won = moved.filter((query) => query.after > query.before);
  const lost = moved.filter((query) => query.after < query.before);
  return {
    counts: { won: won.length, lost: lost.length, same },
    won: spread(won, most),
    lost: spread(lost, most),
  };
}

function spread(queries: readonly MovedQuery[], most: number): MovedQuery[] {
  const size = ({ before, after }: MovedQuery): number => Math.abs(after - before);
  const sorted = queries.toSorted((a, b) => size(b) - size(a) || (a.queryId < b.queryId ? -1 : 1));
  const seen = new Map<string, number>();
  // The n-th of its language stands behind every (n − 1)-th of another.
  const placed = sorted.map((query) => {
    const turn = seen.get(query.lang) ?? 0;
    seen.set(query.lang, turn + 1);
    return { query, turn };
  });
  return placed
    .toSorted((a, b) => a.turn - b.turn)
    .slice(0, most)
    .map(({ query }) => query);
}
