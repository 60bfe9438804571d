import type { Experiment } from '../config/experiment.js';
import type { PlanFacts } from './facts.js';
import type { StageReuse } from './reuse.js';
import { DIMENSIONS_OF_RATES, type RateOverrides } from './rates.js';
import { BYTES, PAWSX_PAIRS } from './stage-size.js';

/** One sentence for each thing that the plan had to suppose. */
export function assumptionsOf(
  experiment: Experiment,
  facts: PlanFacts,
  options: {
    rates: RateOverrides;
    assumedDimensions: number;
    reuse: readonly StageReuse[] | undefined;
  },
): string[] {
  const { rates, assumedDimensions, reuse } = options;
  const unseen = Object.keys(experiment.encoders).filter((encoder) => !facts.encoders?.has(encoder));
  return [
    ...(unseen.length > 0
      ? [
          `${assumedDimensions} dimensions and cosine similarity for ${unseen.join(', ')}, whose folders are not on this machine.`,
        ]
      : []),
    `Rates are per worker (two cores), as seen with the bundled models${rates.size > 0 ? ' where not given' : ''}; encoding is taken to slow down with the square of dimensions / ${DIMENSIONS_OF_RATES}, generating is not scaled. Measure yours and give them: --rate encode=37 --rate generate=9, or for one encoder --rate encode.NAME=9.`,
    `Bytes of text after compression: ${BYTES.passage} a passage, ${BYTES.query} a query, ${BYTES.question} a question. Vectors: dimensions × 2 (float16) or 4 (float32); sums: float32, a column for each n and group of languages that arms ask for.`,
    ...(experiment.robustness?.pawsx !== undefined && facts.pawsxPairs === undefined
      ? [`${PAWSX_PAIRS.toLocaleString('en')} pairs of PAWS-X in each language, or as many as are asked for.`]
      : []),
    `${reuseAssumption(reuse)} Stages are counted one after another; in a run, those that do not need each other overlap.`,
    ...unknownStages(reuse ?? []),
  ];
}

function reuseAssumption(reuse: readonly StageReuse[] | undefined): string {
  if (reuse === undefined) return 'Nothing is reused from earlier runs.';
  return 'What the store holds is not counted as work. A stage after one that has to be made is counted in full: what it reads will be new to the store, unless it turns out to be the same bytes.';
}

function unknownStages(reuse: readonly StageReuse[]): string[] {
  const unknown = reuse.filter(({ state }) => state === 'unknown');
  return unknown.length === 0
    ? []
    : [
        `Counted in full, since it is not known whether the store holds it: ${unknown.map(({ id, reason = '' }) => `${id} (${reason})`).join('; ')}.`,
      ];
}
