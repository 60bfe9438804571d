import { PAWSX_METRICS } from '../claims/pawsx-metrics.js';
import { InvalidInputError } from '../errors.js';

/**
 * What a nightly run is held to: `r@2kt >= baseline - 0.5`, or `e5+mini-a0.03-n3: ndcg@10[te] >= 0.8`. Numbers are on
 * the scale that tables show: recall, win rate and robust accuracy in percent, MRR and nDCG in [0, 1].
 */
export interface Gate {
  /** As it was written. */
  text: string;
  /** Id of the arm it is about; absent: every arm but controls. */
  arm?: string;
  metric: string;
  /** A query language; absent: the average over languages. */
  language?: string;
  comparison: '>=' | '<=';
  /** What the figure is compared with: the baseline's plus `offset`, or `offset` alone. */
  relative: boolean;
  offset: number;
}

const NUMBER = String.raw`\d+(?:\.\d+)?`;
const PAWSX = PAWSX_METRICS.map((metric) => metric.replace('.', String.raw`\.`)).join('|');
const GATE = new RegExp(
  String.raw`^(?:(?<arm>[^\s:]+)\s*:\s*)?(?<metric>(?:recall|mrr|ndcg)@[1-9]\d*|r@[1-9]\d*kt|${PAWSX})(?:\[(?<language>[A-Za-z-]+)\])?\s*(?<comparison>>=|<=)\s*(?:(?<absolute>${NUMBER})|baseline(?:\s*(?<sign>[+-])\s*(?<offset>${NUMBER}))?)$`,
);

/** @throws InvalidInputError saying what a gate looks like */
export function parseGate(text: string): Gate {
  const groups = GATE.exec(text.trim())?.groups;
  const { arm, metric, language, comparison, absolute, sign, offset } = groups ?? {};
  if (metric === undefined || (comparison !== '>=' && comparison !== '<=')) {
    throw new InvalidInputError(
      `Gate "${text}": expected [ARM:] METRIC[[LANGUAGE]] >= or <= a number, or baseline with a number added, such as "r@2kt >= baseline - 0.5" or "e5: ndcg@10[te] >= 0.8"`,
    );
  }
  return {
    text: text.trim(),
    ...(arm !== undefined && { arm }),
    metric,
    ...(language !== undefined && { language }),
    comparison,
    relative: absolute === undefined,
    offset: absolute === undefined ? Number(offset ?? 0) * (sign === '-' ? -1 : 1) : Number(absolute),
  };
}
