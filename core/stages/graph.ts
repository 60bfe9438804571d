import type { Experiment } from '../config/experiment.js';
import { pawsxArms, pawsxQuestionSets, perturbationsOf } from '../config/robustness.js';
import type { Arm } from '../retrieval/arms.js';

/** The kinds of work that worker pools are scaled by; each has a Temporal task queue. */
export const WORK_KINDS = ['workflow', 'io', 'encode', 'generate', 'search'] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

/** One stage of one run, on one subject. */
export type StageNode = {
  /** Unique in the run; safe in workflow ids and file names: `accumulate.mini.e5`, `search.e5~perturbed`. */
  id: string;
  /** Ids of the stages whose output this one reads. */
  needs: string[];
  kind: Exclude<WorkKind, 'workflow'>;
  /**
   * Which texts the stage goes back to, where they are those of a robustness test: {@link PAWSX} or {@link PERTURBED}.
   * Absent for the experiment's own corpus and queries. No name of an experiment holds `~`, which parts it in the id.
   */
  variant?: string;
} & (
  | { stage: 'ingest'; what: 'corpus' | 'queries' }
  | { stage: 'pawsx'; what: 'corpus' | 'queries' | 'pairs' }
  | { stage: 'perturb'; what: 'queries' }
  | { stage: 'encode'; what: 'corpus' | 'queries'; encoder: string }
  | { stage: 'generate' | 'import'; questions: string }
  | { stage: 'accumulate'; questions: string; encoder: string }
  | { stage: 'search' | 'merge' | 'evaluate' | 'robustness'; encoder: string }
  | { stage: 'augment'; encoder: string; arm: string }
  | { stage: 'report' }
);
export type Stage = StageNode['stage'];
export type NodeOf<S extends Stage> = StageNode & { stage: S };

/** The variant of stages that work on PAWS-X's English sentences as a corpus, and on its sentences as queries. */
export const PAWSX = 'pawsx';

/** The variant of stages that work on queries with errors in them. */
export const PERTURBED = 'perturbed';

const variantOf = (variant: string | undefined) => ({
  suffix: variant === undefined ? '' : `~${variant}`,
  field: variant === undefined ? {} : { variant },
});

const nodeIds = {
  ingest: (what: 'corpus' | 'queries') => `ingest.${what}`,
  pawsx: (what: 'corpus' | 'queries' | 'pairs') => `pawsx.${what}`,
  perturb: () => 'perturb.queries',
  encode: (what: 'corpus' | 'queries', encoder: string) => `encode.${what}.${encoder}`,
  questions: (source: 'generate' | 'import', set: string) => `${source}.${set}`,
  accumulate: (set: string, encoder: string) => `accumulate.${set}.${encoder}`,
  search: (encoder: string) => `search.${encoder}`,
  merge: (encoder: string) => `merge.${encoder}`,
  evaluate: (encoder: string) => `evaluate.${encoder}`,
  robustness: (encoder: string) => `robustness.${encoder}`,
};

/** How a question set comes about. */
export function questionSource(experiment: Experiment, set: string): 'generate' | 'import' {
  const config = experiment.questions[set];
  if (config === undefined) throw new RangeError(`The experiment has no question set "${set}"`);
  return 'generator' in config ? 'generate' : 'import';
}

/** Question sets that the encoder's arms augment with. */
export function questionSetsOf(arms: readonly Arm[], encoder: string): string[] {
  return [
    ...new Set(
      arms.filter((arm) => arm.encoder === encoder).flatMap((arm) => arm.augmentation?.questions ?? []),
    ),
  ];
}

/**
 * The stages of a run in an order in which each comes after those it needs. Follows from the experiment alone.
 * Encoders, question sets and generators that no arm uses are left out.
 *
 * @param exported ids of the arms whose augmented vectors are written out
 */
export function stageGraph(
  experiment: Experiment,
  arms: readonly Arm[],
  exported: readonly string[],
): StageNode[] {
  const encoders = [...new Set(arms.map((arm) => arm.encoder))];
  const nodes: StageNode[] = [
    { id: nodeIds.ingest('corpus'), stage: 'ingest', what: 'corpus', kind: 'io', needs: [] },
    { id: nodeIds.ingest('queries'), stage: 'ingest', what: 'queries', kind: 'io', needs: [] },
  ];
  const sets = new Set(arms.flatMap((arm) => arm.augmentation?.questions ?? []));
  for (const set of sets) nodes.push(questionsNode(experiment, set));
  for (const encoder of encoders) nodes.push(...encoderNodes(experiment, arms, encoder, exported));
  if (experiment.robustness?.pawsx) nodes.push(...pawsxNodes(experiment, arms, encoders));
  if (perturbationsOf(experiment).length > 0) nodes.push(...perturbedNodes(arms, encoders));
  // It reads records and questions of all of them; those of augmented vectors it does not wait for.
  const read = nodes.filter(({ stage }) => stage !== 'augment').map(({ id }) => id);
  nodes.push({ id: 'report', stage: 'report', kind: 'io', needs: read });
  return nodes;
}

/** Whether the stage gives texts to a model, which may fail at some of them. */
export function usesModel({ stage }: StageNode): boolean {
  return stage === 'encode' || stage === 'generate' || stage === 'accumulate';
}

function encoderNodes(
  experiment: Experiment,
  arms: readonly Arm[],
  encoder: string,
  exported: readonly string[],
): StageNode[] {
  const sets = questionSetsOf(arms, encoder);
  const nodes = [
    encodeNode('corpus', encoder, nodeIds.ingest('corpus')),
    encodeNode('queries', encoder, nodeIds.ingest('queries')),
    ...sets.map((set) => accumulateNode(experiment, set, encoder)),
    ...searchNodes(arms, encoder),
  ];
  for (const arm of arms) {
    if (arm.encoder !== encoder || arm.augmentation === undefined || !exported.includes(arm.id)) continue;
    const sums = sets.map((set) => nodeIds.accumulate(set, encoder));
    nodes.push({
      id: `augment.${arm.id}`,
      stage: 'augment',
      encoder,
      arm: arm.id,
      kind: 'io',
      needs: [nodeIds.encode('corpus', encoder), ...sums],
    });
  }
  return nodes;
}

/** PAWS-X: its English sentences go through the same stages as a corpus, up to the sums; its sentences are queries. */
function pawsxNodes(experiment: Experiment, arms: readonly Arm[], encoders: readonly string[]): StageNode[] {
  const measured = pawsxArms(experiment, arms);
  const nodes = (['corpus', 'queries', 'pairs'] as const).map((what): StageNode => {
    return { id: nodeIds.pawsx(what), stage: 'pawsx', what, variant: PAWSX, kind: 'io', needs: [] };
  });
  for (const set of pawsxQuestionSets(experiment, arms)) nodes.push(questionsNode(experiment, set, PAWSX));
  for (const encoder of encoders.filter((name) => measured.some((arm) => arm.encoder === name))) {
    const sources = [
      encodeNode('corpus', encoder, nodeIds.pawsx('corpus'), PAWSX),
      encodeNode('queries', encoder, nodeIds.pawsx('queries'), PAWSX),
      ...questionSetsOf(measured, encoder).map((set) => accumulateNode(experiment, set, encoder, PAWSX)),
    ];
    nodes.push(...sources, {
      id: nodeIds.robustness(encoder),
      stage: 'robustness',
      variant: PAWSX,
      encoder,
      kind: 'search',
      needs: [nodeIds.pawsx('pairs'), ...sources.map(({ id }) => id)],
    });
  }
  return nodes;
}

/** The queries with errors in them, of all perturbations, searched and measured beside the clean ones. */
function perturbedNodes(arms: readonly Arm[], encoders: readonly string[]): StageNode[] {
  const perturbed = nodeIds.perturb();
  const needs = [nodeIds.ingest('queries')];
  return [
    { id: perturbed, stage: 'perturb', what: 'queries', variant: PERTURBED, kind: 'io', needs },
    ...encoders.flatMap((encoder) => [
      encodeNode('queries', encoder, perturbed, PERTURBED),
      ...searchNodes(arms, encoder, PERTURBED),
    ]),
  ];
}

function questionsNode(experiment: Experiment, set: string, variant?: string): StageNode {
  const stage = questionSource(experiment, set);
  const { suffix, field } = variantOf(variant);
  const corpus = variant === undefined ? nodeIds.ingest('corpus') : nodeIds.pawsx('corpus');
  const kind = stage === 'generate' ? 'generate' : 'io';
  return {
    id: nodeIds.questions(stage, set) + suffix,
    stage,
    questions: set,
    kind,
    needs: [corpus],
    ...field,
  };
}

function encodeNode(what: 'corpus' | 'queries', encoder: string, texts: string, variant?: string): StageNode {
  const { suffix, field } = variantOf(variant);
  const id = nodeIds.encode(what, encoder) + suffix;
  return { id, stage: 'encode', what, encoder, kind: 'encode', needs: [texts], ...field };
}

function accumulateNode(experiment: Experiment, set: string, encoder: string, variant?: string): StageNode {
  const { suffix, field } = variantOf(variant);
  const corpus = variant === undefined ? nodeIds.ingest('corpus') : nodeIds.pawsx('corpus');
  return {
    id: nodeIds.accumulate(set, encoder) + suffix,
    stage: 'accumulate',
    questions: set,
    encoder,
    kind: 'encode',
    needs: [corpus, nodeIds.questions(questionSource(experiment, set), set) + suffix],
    ...field,
  };
}

/** Search, merge and evaluate of an encoder's arms. What perturbed queries find is compared with the clean rankings. */
function searchNodes(arms: readonly Arm[], encoder: string, variant?: string): StageNode[] {
  const { suffix, field } = variantOf(variant);
  const of = { encoder, kind: 'search' as const, ...field };
  const queries = variant === undefined ? nodeIds.ingest('queries') : nodeIds.perturb();
  const search = nodeIds.search(encoder) + suffix;
  const merge = nodeIds.merge(encoder) + suffix;
  const sums = questionSetsOf(arms, encoder).map((set) => nodeIds.accumulate(set, encoder));
  const vectors = [nodeIds.encode('corpus', encoder), nodeIds.encode('queries', encoder) + suffix];
  const clean = variant === undefined ? [] : [nodeIds.ingest('queries'), nodeIds.merge(encoder)];
  return [
    { id: search, stage: 'search', needs: [queries, ...vectors, ...sums], ...of },
    { id: merge, stage: 'merge', needs: [queries, search], ...of },
    {
      id: nodeIds.evaluate(encoder) + suffix,
      stage: 'evaluate',
      needs: [nodeIds.ingest('corpus'), queries, merge, ...clean],
      ...of,
    },
  ];
}
