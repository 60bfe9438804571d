import { ARTIFACT_STAGES, artifactRef, type ArtifactRef, type ArtifactStage } from '../artifacts/artifact.js';
import { readRecord } from '../artifacts/records.js';
import { CorruptArtifactError } from '../errors.js';
import { stageGraph } from '../stages/graph.js';
import { listRunIds } from '../stages/list-runs.js';
import {
  OutcomeSchema,
  PreparedStageSchema,
  RunDocumentSchema,
  runKeys,
  type Outcome,
  type RunDocument,
} from '../stages/run-document.js';
import type { Store } from '../store/store.js';

/** A run that keeps more than what it is known to need, and why. */
export interface Holder {
  runId: string;
  why: string;
  /** Artifacts of these stages are all kept for it, whoever made them. */
  stages: ArtifactStage[];
}

/** What the store's runs need. */
export interface Needs {
  /** `stage/key` of every artifact that a run names. */
  artifacts: ReadonlySet<string>;
  /** Stages all of whose artifacts are kept. */
  stages: ReadonlySet<ArtifactStage>;
  holders: readonly Holder[];
}

/** A run as a collection sees it. */
export interface CollectedRun {
  runId: string;
  /** Absent when the run's document is gone: what is left of it is of no use to anybody. */
  document?: RunDocument;
  outcome?: Outcome;
  /** A record of it cannot be read. */
  damaged: boolean;
}

export function artifactName({ stage, key }: ArtifactRef): string {
  return `${stage}/${key}`;
}

/**
 * What all runs need but those that are to be forgotten: the artifacts of their prepared stages. A run without an
 * outcome may be at work, as far as the store can tell: for stages that it has not prepared yet, every artifact of
 * that stage is kept, since it may be the one that the run finds and reuses.
 */
export async function gatherNeeds(store: Store, forgotten: ReadonlySet<string>): Promise<Needs> {
  const artifacts = new Set<string>();
  const stages = new Set<ArtifactStage>();
  const holders: Holder[] = [];
  for await (const runId of listRunIds(store)) {
    if (forgotten.has(runId)) continue;
    const run = await readCollectedRun(store, runId);
    const held = await needsOf(store, run, artifacts);
    if (held === undefined) continue;
    for (const stage of held.stages) stages.add(stage);
    holders.push(held);
  }
  return { artifacts, stages, holders };
}

export async function readCollectedRun(store: Store, runId: string): Promise<CollectedRun> {
  try {
    const document = await readRecord(store, runKeys.document(runId), RunDocumentSchema);
    const outcome = await readRecord(store, runKeys.outcome(runId), OutcomeSchema);
    return { runId, damaged: false, ...(document && { document }), ...(outcome && { outcome }) };
  } catch (error) {
    if (error instanceof CorruptArtifactError) return { runId, damaged: true };
    throw error;
  }
}

/** Adds what the run names, and tells what it holds besides. */
async function needsOf(
  store: Store,
  { runId, document, outcome, damaged }: CollectedRun,
  artifacts: Set<string>,
): Promise<Holder | undefined> {
  if (damaged) {
    const why = `its records are damaged; "xqg verify ${runId}" says which`;
    return { runId, why, stages: [...ARTIFACT_STAGES] };
  }
  if (document === undefined) return undefined;
  const unknown = new Set<ArtifactStage>();
  let unreadable = false;
  for (const node of stageGraph(document.experiment, document.arms, document.exported)) {
    if (node.stage === 'report') continue;
    try {
      const prepared = await readRecord(store, runKeys.prepared(runId, node.id), PreparedStageSchema);
      if (prepared?.spec !== undefined) artifacts.add(artifactName(artifactRef(prepared.spec)));
      else if (outcome === undefined) unknown.add(node.stage);
    } catch (error) {
      if (!(error instanceof CorruptArtifactError)) throw error;
      unreadable = true;
      unknown.add(node.stage);
    }
  }
  if (outcome !== undefined && unknown.size === 0) return undefined;
  const why = unreadable
    ? `its records are damaged; "xqg verify ${runId}" says which`
    : `it has not ended; "xqg cancel ${runId}" or --forget ${runId} ends that`;
  return { runId, why, stages: [...unknown] };
}
