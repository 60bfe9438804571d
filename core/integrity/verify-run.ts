import { parseReportData } from '../report/report-data.js';
import { InvalidInputError, messageOf } from '../errors.js';
import { artifactRef, recordKeys } from '../artifacts/artifact.js';
import { findIntactArtifact } from '../artifacts/stage-artifact.js';
import { stageGraph, type StageNode } from '../stages/graph.js';
import {
  FailureRecordSchema,
  OutcomeSchema,
  PreparedStageSchema,
  ReportFilesSchema,
  RunDocumentSchema,
  runKeys,
  StageRecordSchema,
  type RunDocument,
} from '../stages/run-document.js';
import type { DatasetContext } from '../datasets/context.js';
import { ObjectNotFoundError, type Store } from '../store/store.js';
import type { Damage, Verification, VerifyProgress } from './damage.js';
import { listObjects } from '../store/list-objects.js';
import { VerificationLog } from './verification.js';
import { verifyArtifact, type VerifiedStage } from './verify-artifact.js';
import { verifyInputs } from './verify-inputs.js';

export interface VerifyOptions {
  /** Only the artifacts of these stages, by id; records of the run are always verified. @default all */
  stages?: ReadonlySet<string>;
  /** How the user's files and models are read; they are not looked at without it. */
  inputs?: DatasetContext;
  onProgress?: (progress: VerifyProgress) => void;
  signal?: AbortSignal;
}

/**
 * Re-hashes everything that a run rests on: its own records and report, and of each stage the manifest, commit
 * records, block records and parts; the user's files and models too. Reads in chunks, a few objects at a time.
 *
 * @throws InvalidInputError when the store holds no such run
 */
export async function verifyRun(
  store: Store,
  runId: string,
  options: VerifyOptions = {},
): Promise<Verification> {
  const log = new VerificationLog(store, runId, options.onProgress, options.signal);
  const run = await verifyDocument(log, runId);
  // Without it nobody knows what the run's stages are.
  if (run === undefined) return log.result();
  const nodes = stageGraph(run.experiment, run.arms, run.exported);
  const outcome = await log.record(
    { kind: 'record', stage: 'run', object: runKeys.outcome(runId) },
    OutcomeSchema,
    false,
  );
  const completed = outcome?.record.outcome === 'completed';
  const stages: VerifiedStage[] = [];
  for (const node of nodes) stages.push(...(await verifyStageRecords(log, runId, node, completed)));
  if (options.inputs !== undefined)
    for (const damage of await verifyInputs(run, stages, options.inputs)) log.add(damage);
  const digests = new Map<string, string | undefined>();
  for (const stage of stages) {
    const wanted = options.stages?.has(stage.node.id) ?? true;
    const digest = wanted ? await verifyArtifact(log, stage) : await manifestDigest(store, stage);
    digests.set(stage.node.id, digest);
    verifyLineage(log, stage, digests);
  }
  await verifyReport(log, runId, completed);
  return log.result();
}

async function verifyDocument(log: VerificationLog, runId: string): Promise<RunDocument | undefined> {
  const object = runKeys.document(runId);
  if ((await log.store.head(object)) === undefined) {
    throw new InvalidInputError(
      `Run "${runId}": ${log.store.uri} holds no such run; "xqg status" lists those it holds`,
    );
  }
  return (await log.record({ kind: 'document', stage: 'run', object }, RunDocumentSchema, true))?.record;
}

/** What the run wrote down of a stage. @returns the stage, when it is prepared */
async function verifyStageRecords(
  log: VerificationLog,
  runId: string,
  node: StageNode,
  completed: boolean,
): Promise<VerifiedStage[]> {
  const where = { kind: 'record' as const, stage: node.id };
  const object = runKeys.stage(runId, node.id);
  const done = completed || (await log.store.head(object)) !== undefined;
  const found = await log.record({ ...where, object }, StageRecordSchema, done);
  if (found !== undefined) log.expectBytes(found.record.bytes);
  const prepared = await log.record(
    { ...where, object: runKeys.prepared(runId, node.id) },
    PreparedStageSchema,
    done,
  );
  for await (const { key } of listObjects(log.store, runKeys.failures(runId, node.id)))
    await log.record({ kind: 'failure', stage: node.id, object: key }, FailureRecordSchema, false);
  if (!done) log.unfinished(node.id);
  return prepared === undefined ? [] : [{ node, prepared: prepared.record, done }];
}

async function manifestDigest(store: Store, { prepared }: VerifiedStage): Promise<string | undefined> {
  if (prepared.spec === undefined) return undefined;
  return (await findIntactArtifact(store, artifactRef(prepared.spec)))?.digest;
}

/** Inputs that are manifests of stages; others are digests of users' files. */
const MADE_BY_STAGES = /^(texts|passages|queries|questions|rankings|search|sums(\..+)?)$/;

/** What a stage was made from has to be what the stages that it needs have made. */
function verifyLineage(
  log: VerificationLog,
  { node, prepared, done }: VerifiedStage,
  digests: ReadonlyMap<string, string | undefined>,
): void {
  if (prepared.spec === undefined || !done) return;
  const needed = node.needs.map((id) => digests.get(id));
  // A manifest that is damaged itself says nothing.
  if (needed.some((digest) => digest === undefined)) return;
  for (const [role, digest] of Object.entries(prepared.spec.inputs)) {
    if (!MADE_BY_STAGES.test(role) || needed.includes(digest)) continue;
    log.add({
      kind: 'lineage',
      stage: node.id,
      object: recordKeys.manifest(artifactRef(prepared.spec)),
      ref: artifactRef(prepared.spec),
      expected: `${role} of the digest ${digest}, from which it was made`,
      found: `other output of ${node.needs.join(', ')}`,
    });
  }
}

async function verifyReport(log: VerificationLog, runId: string, completed: boolean): Promise<void> {
  const object = runKeys.reportFiles(runId);
  const record = await log.record({ kind: 'report', stage: 'report', object }, ReportFilesSchema, false);
  for (const { name, bytes, sha256 } of record?.record.files ?? []) {
    const key = runKeys.result(runId, name);
    await log.object({ kind: 'report', stage: 'report', object: key }, { bytes, sha256 });
  }
  // Runs of earlier versions wrote no digests: then the report can only be looked at.
  if (record === undefined && completed) await parseReport(log, runId);
}

async function parseReport(log: VerificationLog, runId: string): Promise<void> {
  const object = runKeys.result(runId, 'report.json');
  const damage: Omit<Damage, 'found'> = { kind: 'report', stage: 'report', object, expected: 'a report' };
  try {
    parseReportData(JSON.parse(new TextDecoder().decode(await log.store.get(object))), object);
  } catch (error) {
    const damaged =
      error instanceof ObjectNotFoundError ||
      error instanceof InvalidInputError ||
      error instanceof SyntaxError;
    if (!damaged) throw error;
    log.add({ ...damage, found: messageOf(error) });
  }
}
