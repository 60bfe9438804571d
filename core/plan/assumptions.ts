import type { Experiment } from '../config/experiment.js';
import type { PlanFacts } from './facts.js';
import { DIMENSIONS_OF_RATES, type RateOverrides } from './rates.js';
import { BYTES } from './stage-size.js';

/** One sentence for each thing that the plan had to suppose. */
export function assumptionsOf(
  experiment: Experiment,
  facts: PlanFacts,
  rates: RateOverrides,
  assumedDimensions: number,
): string[] {
  const unseen = Object.keys(experiment.encoders).filter((encoder) => !facts.encoders?.has(encoder));
  return [
    ...(unseen.length > 0
      ? [
          `${assumedDimensions} dimensions and cosine similarity for ${unseen.join(', ')}, whose folders are not on this machine.`,
        ]
      : []),
    `Rates are per worker (two cores), as seen with the bundled models${rates.size > 0 ? ' where not given' : ''}; encoding is taken to slow down with the square of dimensions / ${DIMENSIONS_OF_RATES}, generating is not scaled. Measure yours and give them: --rate encode=37 --rate generate=9, or for one encoder --rate encode.NAME=9.`,
    `Bytes of text after compression: ${BYTES.passage} a passage, ${BYTES.query} a query, ${BYTES.question} a question. Vectors: dimensions × 2 (float16) or 4 (float32); sums: float32, a column for each n and group of languages that arms ask for.`,
    'Nothing is reused from earlier runs. Stages are counted one after another; in a run, those that do not need each other overlap.',
  ];
}
