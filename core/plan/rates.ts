import { suggestion } from '../config/problems.js';
import { InvalidInputError } from '../errors.js';

/**
 * What one worker (two cores, bundled models) gets done in a second, by kind of work. `questions` is the encoding
 * of short texts, generated questions and queries; a ranking is that of a query by an arm.
 */
export const RATES = {
  ingest: { perSecond: 10_000, unit: 'rows' },
  import: { perSecond: 20_000, unit: 'questions' },
  encode: { perSecond: 30, unit: 'passages' },
  questions: { perSecond: 150, unit: 'short texts' },
  generate: { perSecond: 40, unit: 'questions' },
  search: { perSecond: 80e9, unit: 'multiply-adds' },
  merge: { perSecond: 1_000_000, unit: 'hits' },
  robustness: { perSecond: 1000, unit: 'rankings of sentences' },
  evaluate: { perSecond: 500, unit: 'rankings' },
  augment: { perSecond: 20_000, unit: 'passages' },
  report: { perSecond: 0.1, unit: 'reports' },
} as const;
export type RateName = keyof typeof RATES;

/** The length of vectors for which {@link RATES} holds; a transformer's work grows with its square. */
export const DIMENSIONS_OF_RATES = 384;

/** Per second and worker: for a kind of work, or for one encoder or question set of it (`encode.mbert`). */
export type RateOverrides = ReadonlyMap<string, number>;

const NAMES = Object.keys(RATES) as RateName[];
const EXAMPLE = 'such as encode=37 or encode.mbert=9.5';

/**
 * Parses what `--rate` was given: `encode=37`, `generate=9`, `encode.mbert=9.5`.
 * @throws InvalidInputError for an unknown kind of work or a rate that is not a number above 0
 */
export function parseRates(flags: readonly string[]): Map<string, number> {
  const rates = new Map<string, number>();
  for (const flag of flags) {
    const [, key, kind, value] = /^(([^.=]+)(?:\.[^=]+)?)=(.*)$/.exec(flag) ?? [];
    if (key === undefined || kind === undefined)
      throw new InvalidInputError(`--rate ${flag}: expected KIND=NUMBER, ${EXAMPLE}`);
    if (!NAMES.some((name) => name === kind))
      throw new InvalidInputError(
        `--rate ${flag}: no kind of work is called "${kind}"${suggestion(kind, NAMES) || `; there are: ${NAMES.join(', ')}`}`,
      );
    const perSecond = Number(value);
    if (!(perSecond > 0) || !Number.isFinite(perSecond))
      throw new InvalidInputError(`--rate ${flag}: expected a number above 0 after "=", ${EXAMPLE}`);
    rates.set(key, perSecond);
  }
  return rates;
}

/** The most specific rate given for a kind of work on a subject (an encoder or question set). */
export function givenRate(
  rates: RateOverrides,
  name: RateName,
  subject: string | undefined,
): number | undefined {
  return (subject === undefined ? undefined : rates.get(`${name}.${subject}`)) ?? rates.get(name);
}
