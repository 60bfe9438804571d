import { formatDifference, metricLabel } from './figures.js';
import { formatEstimate, formatP, pointsOf, testWords } from './significance.js';
import type { ClaimFinding, ClaimOutcome } from './statistics-data.js';

/** Findings of a claim that are printed one by one; more are counted. */
const SHOWN = 8;

/** `R@2kt: holds for all 7 (paired t-test, Holm, p < 0.05)` */
export function claimDetail(claim: ClaimOutcome): string {
  const [only] = claim.findings;
  const figures = claim.findings.length === 1 && only ? [findingText(claim.metric, only)] : [];
  const why = only?.note === claim.why ? [] : [claim.why];
  return `${metricLabel(claim.metric)}: ${[...figures, ...why].join('; ')} (${testWords(claim)})`;
}

/** The figures behind a claim about several languages or settings, one line each. */
export function claimFindings({ metric, findings }: ClaimOutcome): string[] {
  if (findings.length < 2) return [];
  const shown = findings
    .slice(0, SHOWN)
    .map((found) => `${found.label}: ${findingText(metric, found)}, ${found.outcome}`);
  return findings.length > SHOWN ? [...shown, `and ${findings.length - SHOWN} more`] : shown;
}

/** `+3.36 [+2.91, +3.80] points, p < 0.0001` */
function findingText(metric: string, { estimate, interval, p, corrected, note }: ClaimFinding): string {
  const figure =
    estimate === null
      ? formatDifference(metric, estimate)
      : `${formatEstimate(metric, { estimate, interval })}${pointsOf(metric)}`;
  return [figure, formatP(p, corrected), ...(note === undefined ? [] : [note])]
    .filter((part) => part !== '')
    .join(', ');
}
