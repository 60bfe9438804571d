import { artifactRef } from '../artifacts/artifact.js';
import { findIntactArtifact } from '../artifacts/stage-artifact.js';
import { parseReportData, type ReportData } from '../report/report-data.js';
import type { StageNode } from '../stages/graph.js';
import {
  runKeys,
  type Outcome,
  type PreparedStage,
  type RunDocument,
  type StageRecord,
} from '../stages/run-document.js';
import { readPreparedStage, readStageRecord, readStoredRun } from '../stages/stored-run.js';
import type { Store } from '../store/store.js';

/** One stage of a run, as far as it came. */
export interface StageFacts {
  node: StageNode;
  prepared?: PreparedStage;
  record?: StageRecord;
  /** sha256 of the artifact's manifest: as the run committed it, else as it lies in the store now. */
  digest?: string;
}

/** What a store knows of a run. */
export interface RunFacts {
  runId: string;
  /** URI of the store */
  store: string;
  document: RunDocument;
  outcome?: Outcome;
  stages: ReadonlyMap<string, StageFacts>;
  /** Absent before the run has come to its report. */
  report?: ReportData;
}

/** @throws InvalidInputError when the store holds no such run */
export async function readRunFacts(store: Store, runId: string): Promise<RunFacts> {
  const { document, nodes, outcome } = await readStoredRun(store, runId);
  const stages = await Promise.all(nodes.map((node) => readStageFacts(store, runId, node)));
  const report = await readReport(store, runKeys.result(runId, 'report.json'));
  return {
    runId,
    store: store.uri,
    document,
    ...(outcome && { outcome }),
    stages: new Map(stages.map((stage) => [stage.node.id, stage])),
    ...(report && { report }),
  };
}

async function readStageFacts(store: Store, runId: string, node: StageNode): Promise<StageFacts> {
  const prepared = await readPreparedStage(store, runId, node.id);
  const record = await readStageRecord(store, runId, node.id);
  const spec = prepared?.spec;
  const digest = record?.digest ?? (spec && (await findIntactArtifact(store, artifactRef(spec)))?.digest);
  return {
    node,
    ...(prepared && { prepared }),
    ...(record && { record }),
    ...(digest !== undefined && { digest }),
  };
}

async function readReport(store: Store, key: string): Promise<ReportData | undefined> {
  if ((await store.head(key)) === undefined) return undefined;
  const text = new TextDecoder().decode(await store.get(key));
  return parseReportData(JSON.parse(text), `${store.uri}/${key}`);
}
