import { InvalidInputError } from '../errors.js';
import { readRecord } from '../artifacts/records.js';
import { stageGraph, type StageNode } from './graph.js';
import {
  OutcomeSchema,
  PreparedStageSchema,
  readRunDocument,
  runKeys,
  StageRecordSchema,
  type Outcome,
  type PreparedStage,
  type RunDocument,
  type StageRecord,
} from './run-document.js';
import type { Store } from '../store/store.js';

/** A run as the store tells it, without Temporal. */
export interface StoredRun {
  document: RunDocument;
  nodes: StageNode[];
  outcome: Outcome | undefined;
}

export async function readStoredRun(store: Store, runId: string): Promise<StoredRun> {
  const document = await readRunDocument(store, runId);
  return {
    document,
    nodes: stageGraph(document.experiment, document.arms, document.exported),
    outcome: await readRecord(store, runKeys.outcome(runId), OutcomeSchema),
  };
}

export function readStageRecord(store: Store, runId: string, node: string): Promise<StageRecord | undefined> {
  return readRecord(store, runKeys.stage(runId, node), StageRecordSchema);
}

export function readPreparedStage(
  store: Store,
  runId: string,
  node: string,
): Promise<PreparedStage | undefined> {
  return readRecord(store, runKeys.prepared(runId, node), PreparedStageSchema);
}

/**
 * The stages of this id or of this kind (`encode`), or all.
 * @throws InvalidInputError when there is none
 */
export function stagesOf(
  nodes: readonly StageNode[],
  runId: string,
  stage: string | undefined,
): readonly StageNode[] {
  const wanted = nodes.filter((node) => stage === undefined || [node.id, node.stage].includes(stage));
  if (wanted.length > 0) return wanted;
  throw new InvalidInputError(
    `Run "${runId}" has no stage "${stage ?? ''}"; its stages are ${nodes.map(({ id }) => id).join(', ')}`,
  );
}

/**
 * The one stage of this id, or the only one of this kind.
 * @throws InvalidInputError when there is none, or more than one
 */
export function oneStage(nodes: readonly StageNode[], runId: string, stage: string): StageNode {
  const found = stagesOf(nodes, runId, stage);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  throw new InvalidInputError(
    `Run "${runId}" has ${found.length} stages "${stage}"; say which: ${found.map(({ id }) => id).join(', ')}`,
  );
}
