import { expandArms, exportedArms } from '../config/expand-arms.js';
import type { Experiment } from '../config/experiment.js';
import { InvalidInputError } from '../errors.js';
import { stageGraph, type StageNode, type WorkKind } from '../stages/graph.js';
import { assumptionsOf } from './assumptions.js';
import type { PlanFacts } from './facts.js';
import { DIMENSIONS_OF_RATES, givenRate, RATES, type RateName, type RateOverrides } from './rates.js';
import { shareLeft, type StageReuse } from './reuse.js';
import { PAWSX_PAIRS, stageSize, type PlanSizes } from './stage-size.js';

export interface PlanOptions {
  /** Overrides of {@link RATES}, as `parseRates` makes them. */
  rates?: RateOverrides;
  /** Workers of each kind that the run will have. @default 1 */
  workers?: number;
  /** What the run would find in the store; without it, nothing is taken to be there. */
  reuse?: readonly StageReuse[];
}

/** Work and output of one stage or of all. */
export interface PlannedWork {
  /** Shards of the output. */
  shards: number;
  /** Temporal activities that do the work; a few more prepare and commit it. */
  activities: number;
  /** bytes written */
  bytes: number;
  /** Hours of work, over all workers. */
  workerHours: number;
  /** Hours by the clock with the plan's workers, no more of them at work at once than `run.parallelism` allows. */
  hours: number;
}

/** One stage on one subject, as it would be if nothing could be reused. */
export interface PlannedStage extends PlannedWork {
  /** `accumulate.mini.e5` */
  id: string;
  stage: StageNode['stage'];
  kind: Exclude<WorkKind, 'workflow'>;
  /** Rows written: passages, questions, hits, … */
  rows: number;
  /** What one worker gets done in a second, in `rateUnit`. */
  rate: number;
  rateUnit: string;
  /** What of it the store holds; absent when that was not looked at. */
  reuse?: Omit<StageReuse, 'id'>;
  /** What is left of it, beside what is found. Equal to the stage's own figures when nothing is. */
  toDo: PlannedWork;
}

export interface Plan {
  experiment: string;
  passages: number;
  queries: number;
  arms: number;
  workers: number;
  /** In an order in which each comes after those it needs. */
  stages: PlannedStage[];
  /** As if nothing were found; `hours` as if stages ran one after another; some can overlap. */
  totals: PlannedWork;
  /** What is left to do. */
  toDo: PlannedWork;
  /** What the figures rest on that is neither in the experiment nor in the facts. */
  assumptions: string[];
}

/**
 * What an experiment will take, from counts alone: nothing is read, nothing started.
 * @throws InvalidInputError when the number of passages or queries is not known, or a rate names what no stage uses
 */
export function planExperiment(experiment: Experiment, facts: PlanFacts, options: PlanOptions = {}): Plan {
  const { rates = new Map<string, number>(), workers = 1, reuse } = options;
  if (!Number.isInteger(workers) || workers < 1)
    throw new InvalidInputError(`--workers ${workers}: expected a whole number of at least 1`);
  const similarityOf = (encoder: string) => facts.encoders?.get(encoder)?.similarity ?? 'cosine';
  const arms = expandArms(experiment, similarityOf);
  const sizes: PlanSizes = {
    experiment,
    arms,
    passages: known(experiment, 'passages', facts.passages ?? experiment.corpus.expectedPassages),
    queries: known(experiment, 'queries', facts.queries ?? experiment.queries.expectedQueries),
    pawsxPairs: experiment.robustness?.pawsx === undefined ? 0 : pairsOf(experiment, facts),
    dimensionsOf: (encoder) => facts.encoders?.get(encoder)?.dimensions ?? ASSUMED_DIMENSIONS,
  };
  const nodes = stageGraph(
    experiment,
    arms,
    exportedArms(experiment, similarityOf).map(({ id }) => id),
  );
  refuseUnusedRates(rates, nodes);
  const found = new Map(reuse?.map((stage) => [stage.id, stage]));
  const stages = nodes.map((node) => planStage(node, sizes, rates, workers, found.get(node.id)));
  return {
    experiment: experiment.name,
    passages: sizes.passages,
    queries: sizes.queries,
    arms: arms.length,
    workers,
    stages,
    totals: sumOf(stages),
    toDo: sumOf(stages.map(({ toDo }) => toDo)),
    assumptions: assumptionsOf(experiment, facts, { rates, assumedDimensions: ASSUMED_DIMENSIONS, reuse }),
  };
}

function pairsOf({ robustness }: Experiment, { pawsxPairs = PAWSX_PAIRS }: PlanFacts): number {
  return Math.min(robustness?.pawsx?.pairs ?? Infinity, pawsxPairs);
}

/** Of BERT-base and its kin, where the model is not at hand. */
const ASSUMED_DIMENSIONS = 768;

function sumOf(works: readonly PlannedWork[]): PlannedWork {
  const total = (field: keyof PlannedWork): number => works.reduce((sum, work) => sum + work[field], 0);
  return {
    shards: total('shards'),
    activities: total('activities'),
    bytes: total('bytes'),
    workerHours: total('workerHours'),
    hours: total('hours'),
  };
}

function planStage(
  node: StageNode,
  sizes: PlanSizes,
  rates: RateOverrides,
  workers: number,
  found: StageReuse | undefined,
): PlannedStage {
  const { id, stage, kind } = node;
  const size = stageSize(node, sizes);
  const { name, subject } = rateOf(node);
  const rate = givenRate(rates, name, subject) ?? defaultRate(node, name, sizes);
  const share = (left: number): PlannedWork => {
    // One activity may make all shards: there is one as long as anything is left.
    const activities = Math.ceil(size.activities * left);
    const workerHours = (size.work * left) / rate / 3600;
    const atOnce = Math.min(workers, sizes.experiment.run.parallelism[kind], activities);
    const hours = atOnce === 0 ? 0 : (workerHours / activities) * Math.ceil(activities / atOnce);
    return {
      shards: Math.round(size.shards * left),
      activities,
      bytes: Math.round(size.bytes * left),
      workerHours,
      hours,
    };
  };
  const reuse = found && {
    state: found.state,
    done: found.done,
    ...(found.shards !== undefined && { shards: found.shards }),
    ...(found.reason !== undefined && { reason: found.reason }),
  };
  return {
    id,
    stage,
    kind,
    ...share(1),
    rows: size.rows,
    rate,
    rateUnit: RATES[name].unit,
    ...(reuse && { reuse }),
    toDo: share(shareLeft(found)),
  };
}

/** Which rate a stage goes by, and the name that a rate of its own would have. */
function rateOf(node: StageNode): { name: RateName; subject?: string } {
  switch (node.stage) {
    case 'encode':
      return { name: node.what === 'corpus' ? 'encode' : 'questions', subject: node.encoder };
    case 'accumulate':
      return { name: 'questions', subject: node.encoder };
    case 'generate':
    case 'import':
      return { name: node.stage, subject: node.questions };
    case 'search':
    case 'merge':
    case 'evaluate':
    case 'robustness':
    case 'augment':
      return { name: node.stage, subject: node.encoder };
    case 'pawsx':
    case 'perturb':
      return { name: 'ingest' };
    default:
      return { name: node.stage };
  }
}

/** Defaults of encoding hold for the bundled encoder; larger ones are slower. */
function defaultRate(node: StageNode, name: RateName, { dimensionsOf }: PlanSizes): number {
  const { perSecond } = RATES[name];
  if ((name !== 'encode' && name !== 'questions') || !('encoder' in node)) return perSecond;
  return perSecond * (DIMENSIONS_OF_RATES / dimensionsOf(node.encoder)) ** 2;
}

function known(experiment: Experiment, what: 'passages' | 'queries', count: number | undefined): number {
  if (count !== undefined) return count;
  const key = what === 'passages' ? 'corpus.expectedPassages' : 'queries.expectedQueries';
  throw new InvalidInputError(
    `Planning ${experiment.name}: the number of ${what} is not known, since their files are not on this machine; set ${key}`,
  );
}

function refuseUnusedRates(rates: RateOverrides, nodes: readonly StageNode[]): void {
  const used = new Set(
    nodes.flatMap((node) => {
      const { name, subject } = rateOf(node);
      return subject === undefined ? [name] : [name, `${name}.${subject}`];
    }),
  );
  for (const key of rates.keys())
    if (!used.has(key))
      throw new InvalidInputError(
        `--rate ${key}: no stage of this experiment goes by it; there are: ${[...used].sort().join(', ')}`,
      );
}
