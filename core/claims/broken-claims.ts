import type { ReportData } from '../report/report-data.js';

/** The claims that an experiment requires and its report finds to fail, in words. */
export function brokenClaims({ claims = [] }: Pick<ReportData, 'claims'>): string[] {
  return claims.flatMap(({ claim, required, outcome }) => (required && outcome === 'fails' ? [claim] : []));
}
