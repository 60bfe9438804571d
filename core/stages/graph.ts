import type { Experiment } from '../config/experiment.js';
import type { Arm } from '../retrieval/arms.js';

/** The kinds of work that worker pools are scaled by; each has a Temporal task queue. */
export const WORK_KINDS = ['workflow', 'io', 'encode', 'generate', 'search'] as const;
export type WorkKind = (typeof WORK_KINDS)[number];

/** One stage of one run, on one subject. */
export type StageNode = {
  /** Unique in the run; safe in workflow ids and file names: `accumulate.mini.e5`. */
  id: string;
  /** Ids of the stages whose output this one reads. */
  needs: string[];
  kind: Exclude<WorkKind, 'workflow'>;
} & (
  | { stage: 'ingest'; what: 'corpus' | 'queries' }
  | { stage: 'encode'; what: 'corpus' | 'queries'; encoder: string }
  | { stage: 'generate' | 'import'; questions: string }
  | { stage: 'accumulate'; questions: string; encoder: string }
  | { stage: 'search' | 'merge' | 'evaluate'; encoder: string }
  | { stage: 'augment'; encoder: string; arm: string }
  | { stage: 'report' }
);
export type Stage = StageNode['stage'];
export type NodeOf<S extends Stage> = StageNode & { stage: S };

const nodeIds = {
  ingest: (what: 'corpus' | 'queries') => `ingest.${what}`,
  encode: (what: 'corpus' | 'queries', encoder: string) => `encode.${what}.${encoder}`,
  questions: (source: 'generate' | 'import', set: string) => `${source}.${set}`,
  accumulate: (set: string, encoder: string) => `accumulate.${set}.${encoder}`,
  search: (encoder: string) => `search.${encoder}`,
  merge: (encoder: string) => `merge.${encoder}`,
  evaluate: (encoder: string) => `evaluate.${encoder}`,
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
  const corpus = nodeIds.ingest('corpus');
  const queries = nodeIds.ingest('queries');
  const nodes: StageNode[] = [
    { id: corpus, stage: 'ingest', what: 'corpus', kind: 'io', needs: [] },
    { id: queries, stage: 'ingest', what: 'queries', kind: 'io', needs: [] },
  ];
  const sets = new Set(arms.flatMap((arm) => arm.augmentation?.questions ?? []));
  for (const set of sets) {
    const source = questionSource(experiment, set);
    const kind = source === 'generate' ? 'generate' : 'io';
    nodes.push({ id: nodeIds.questions(source, set), stage: source, questions: set, kind, needs: [corpus] });
  }
  const encoders = [...new Set(arms.map((arm) => arm.encoder))];
  for (const encoder of encoders) nodes.push(...encoderNodes(experiment, arms, encoder, exported));
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
  const corpus = nodeIds.ingest('corpus');
  const queries = nodeIds.ingest('queries');
  const passageVectors = nodeIds.encode('corpus', encoder);
  const queryVectors = nodeIds.encode('queries', encoder);
  const nodes: StageNode[] = [
    { id: passageVectors, stage: 'encode', what: 'corpus', encoder, kind: 'encode', needs: [corpus] },
    { id: queryVectors, stage: 'encode', what: 'queries', encoder, kind: 'encode', needs: [queries] },
  ];
  const sums: string[] = [];
  for (const set of questionSetsOf(arms, encoder)) {
    const id = nodeIds.accumulate(set, encoder);
    sums.push(id);
    const questions = nodeIds.questions(questionSource(experiment, set), set);
    nodes.push({
      id,
      stage: 'accumulate',
      questions: set,
      encoder,
      kind: 'encode',
      needs: [corpus, questions],
    });
  }
  const search = nodeIds.search(encoder);
  const merge = nodeIds.merge(encoder);
  nodes.push(
    {
      id: search,
      stage: 'search',
      encoder,
      kind: 'search',
      needs: [queries, passageVectors, queryVectors, ...sums],
    },
    { id: merge, stage: 'merge', encoder, kind: 'search', needs: [queries, search] },
    {
      id: nodeIds.evaluate(encoder),
      stage: 'evaluate',
      encoder,
      kind: 'search',
      needs: [corpus, queries, merge],
    },
  );
  for (const arm of arms) {
    if (arm.encoder !== encoder || arm.augmentation === undefined || !exported.includes(arm.id)) continue;
    nodes.push({
      id: `augment.${arm.id}`,
      stage: 'augment',
      encoder,
      arm: arm.id,
      kind: 'io',
      needs: [passageVectors, ...sums],
    });
  }
  return nodes;
}
