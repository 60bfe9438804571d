import { difference, formatDifference, isPresent, metricLabel, metricUnit, type Figure } from './figures.js';
import type { ReportData } from './report-data.js';
import type { PerturbationReport } from './robustness-data.js';
import { compareGroups, settings } from './summary.js';
import { countOf } from './units.js';

const PERTURBATIONS: Record<PerturbationReport['kind'], string> = {
  typo: 'typos',
  deletion: 'letters missing',
  wordSwap: 'words swapped',
  case: 'case changed',
  diacritics: 'no diacritics',
};

/** `typos, 10 %` */
export function perturbationLabel({ kind, rate }: Pick<PerturbationReport, 'kind' | 'rate'>): string {
  return `${PERTURBATIONS[kind]}, ${Math.round(rate * 1000) / 10} %`;
}

/**
 * Whether xQG buys recall with robustness: for each comparison of the report, what its best arm does to the primary
 * metric and to the adversary's win rate.
 */
export function robustnessSentences(data: ReportData): string[] {
  const pawsx = data.robustness?.pawsx;
  if (pawsx === undefined) return [];
  const metric = data.primaryMetric;
  const armOf = (id: string | undefined) => pawsx.arms.find(({ arm }) => arm === id);
  return compareGroups(data).flatMap(({ label, best, baseline, control, gain }) => {
    const [own, alone, controls] = [best, baseline, control].map((result) => armOf(result?.arm.id)?.all);
    if (!own || !alone || gain === undefined) return [];
    const clean = `${change(gain, (value) => formatDifference(metric, value))} ${metricLabel(metric)}`;
    const points = metricUnit(metric) === '' ? '' : ' points';
    const sentences = [
      `${label}: xQG (${settings(best)}) ${clean} (${formatDifference(metric, gain)}${points}) and ${winRates(alone.winRate, own.winRate)}; robust accuracy ${shift(alone.robustAccuracy, own.robustAccuracy)}.${changed(armOf(best.arm.id)?.changes, own.rows)}`,
    ];
    if (controls && control)
      sentences.push(`The best control (${settings(control)}) ${winRates(alone.winRate, controls.winRate)}.`);
    return [...sentences, 'Averages over languages other than English.'];
  });
}

/** How many single outcomes a difference of rates is made of. */
function changed(changes: { lost: number; won: number } | undefined, rows: number): string {
  if (changes === undefined) return '';
  return ` Of ${countOf(rows, 'adversarial pair')}, ${changes.lost} are newly lost to the adversary and ${changes.won} won back.`;
}

function winRates(before: Figure, after: Figure): string {
  const verb = change(difference(after, before), formatPoints);
  return `${verb} the adversary’s win rate: ${shift(before, after)}`;
}

/** `33.1 % → 35.2 % (+2.1 points)` */
function shift(before: Figure, after: Figure): string {
  const percent = (value: Figure): string => (isPresent(value) ? `${(value * 100).toFixed(1)} %` : '-');
  return `${percent(before)} → ${percent(after)} (${formatPoints(difference(after, before))} points)`;
}

/** A difference of shares in points, with its sign: `+2.1`. */
export function formatPoints(share: Figure): string {
  if (!isPresent(share)) return '-';
  const shown = Math.abs(share * 100).toFixed(1);
  if (Number(shown) === 0) return `±${shown}`;
  return `${share > 0 ? '+' : '−'}${shown}`;
}

/** The verb for a difference, as it prints. */
function change(value: Figure, print: (value: Figure) => string): string {
  const shown = print(value);
  return shown.startsWith('+') ? 'raises' : shown.startsWith('−') ? 'lowers' : 'does not change';
}
