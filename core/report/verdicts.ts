import { difference, isPresent } from './figures.js';
import type { ReportData } from './report-data.js';
import { formatPoints } from './robustness-text.js';
import { compareGroups } from './summary.js';
import { listOf } from './units.js';

/** What the claims came to, in a sentence: `5 hold, 1 fails (1 required) and 2 are undecided.` */
export function claimsVerdict({ claims = [] }: ReportData): string | undefined {
  if (claims.length === 0) return undefined;
  const parts = [
    ['holds', 'hold', 'holds'] as const,
    ['fails', 'fail', 'fails'] as const,
    ['undecided', 'are undecided', 'is undecided'] as const,
  ].flatMap(([outcome, many, one]) => {
    const found = claims.filter((claim) => claim.outcome === outcome);
    if (found.length === 0) return [];
    const required = outcome === 'fails' ? found.filter((claim) => claim.required).length : 0;
    return [
      `${found.length} ${found.length === 1 ? one : many}${required > 0 ? ` (${required} required)` : ''}`,
    ];
  });
  return `${listOf(parts)}.`;
}

/** What the best arm of each comparison does to the adversary's win rate on PAWS-X, in a sentence. */
export function robustnessVerdict(data: ReportData): string | undefined {
  const arms = data.robustness?.pawsx?.arms;
  const comparisons = compareGroups(data);
  const changes = comparisons.flatMap(({ label, best, baseline }) => {
    const [before, after] = [baseline, best].map(
      (result) => arms?.find(({ arm }) => arm === result?.arm.id)?.all.winRate,
    );
    if (!isPresent(before) || !isPresent(after)) return [];
    const points = `${formatPoints(difference(after, before))} points`;
    const which = comparisons.length > 1 ? `, ${label}` : '';
    return [`${percentOf(after)} instead of ${percentOf(before)} (${points}${which})`];
  });
  if (changes.length === 0) return undefined;
  return `with xQG the adversary of PAWS-X wins ${changes.join('; ')}.`;
}

function percentOf(share: number): string {
  return `${(share * 100).toFixed(1)}\u00a0%`;
}
