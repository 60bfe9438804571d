import type { NodeOf, Stage, StageNode } from '../core/stages/graph.js';
import { accumulate } from './accumulate.js';
import { augment } from './augment.js';
import type { PrepareContext, StageDefinition, StageDefinitions } from './context.js';
import { encode } from './encode.js';
import { evaluate } from './evaluate.js';
import { generate } from './generate.js';
import { importQuestions } from './import.js';
import { ingest } from './ingest.js';
import { merge } from './merge.js';
import { pawsx } from './pawsx.js';
import { perturb } from './perturb.js';
import { report } from './report.js';
import { robustness } from './robustness.js';
import { search } from './search.js';

/** What the stages do, unless a worker is given other definitions. */
export const stageDefinitions: StageDefinitions = {
  ingest,
  pawsx,
  perturb,
  encode,
  generate,
  import: importQuestions,
  accumulate,
  search,
  merge,
  augment,
  evaluate,
  robustness,
  report,
};

/** The code of a stage and the node of this run that it is to work on. */
export function definitionOf<S extends Stage>(
  context: PrepareContext,
  stage: S,
  nodeId: string,
): { definition: StageDefinition<S>; node: NodeOf<S> } {
  const node = context.nodes.find(({ id }) => id === nodeId);
  if (node?.stage !== stage) throw new Error(`Run ${context.run.runId} has no ${stage} stage "${nodeId}"`);
  return { definition: (context.definitions ?? stageDefinitions)[stage], node: node as NodeOf<S> };
}

/** The stage of a node, whatever it is. */
export function stageOf(context: PrepareContext, nodeId: string): StageNode['stage'] {
  const node = context.nodes.find(({ id }) => id === nodeId);
  if (node === undefined) throw new Error(`Run ${context.run.runId} has no stage "${nodeId}"`);
  return node.stage;
}
