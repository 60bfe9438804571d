import { z } from 'zod';
import { ARTIFACT_STAGES } from '../artifacts/artifact.js';
import { readRecord, recordBytes } from '../artifacts/records.js';
import { ExperimentSchema } from '../config/experiment.js';
import { CorruptArtifactError, InvalidInputError } from '../errors.js';
import type { Store } from '../store/store.js';

/** An arm, spelled out. */
export const ArmRecordSchema = z.strictObject({
  id: z.string(),
  label: z.string(),
  encoder: z.string(),
  similarity: z.enum(['cosine', 'dot']),
  augmentation: z
    .strictObject({
      questions: z.string(),
      alpha: z.number(),
      perLanguage: z.int(),
      languages: z.array(z.string()),
      control: z.enum(['shuffled', 'mean']).optional(),
    })
    .optional(),
});

/** What a run was asked to do: written once, when it starts, and read by every activity. Holds no secrets. */
export const RunDocumentSchema = z.strictObject({
  runId: z.string(),
  createdAt: z.iso.datetime(),
  xqgVersion: z.string(),
  /** The experiment file as it was named on the command line. */
  experimentFile: z.string(),
  /** The experiment with defaults filled in and local paths made absolute. */
  experiment: ExperimentSchema,
  arms: z.array(ArmRecordSchema),
  /** Ids of the arms whose vectors are written out. */
  exported: z.array(z.string()),
});
export type RunDocument = z.infer<typeof RunDocumentSchema>;

/** A stage of a run, resolved: the artifact it makes and how its work is cut. */
export const PreparedStageSchema = z.strictObject({
  node: z.string(),
  /** Absent for `report`, which writes into the run's folder. */
  spec: z
    .strictObject({
      stage: z.enum(ARTIFACT_STAGES),
      version: z.int(),
      inputs: z.record(z.string(), z.string()),
      options: z.record(z.string(), z.json()),
      models: z.record(z.string(), z.string()),
    })
    .optional(),
  /** Activities: one for each shard, or one for all where a stage reads a stream. */
  units: z.int().min(0),
  /** Shards of the artifact. */
  shards: z.int().min(0),
  /** Rows that the largest unit works on: what its time limit follows from. */
  unitRows: z.int().min(0).optional(),
  /** What the stage itself wants to remember, such as what ingest's scan found. */
  detail: z.json().optional(),
});
export type PreparedStage = z.infer<typeof PreparedStageSchema>;

/** What a stage took, for the report; kept apart from artifacts, whose bytes must not depend on it. */
export const StageRecordSchema = z.strictObject({
  node: z.string(),
  stage: z.string(),
  key: z.string(),
  /** sha256 of the artifact's manifest; absent in records of older versions, and for `report`. */
  digest: z.string().optional(),
  shards: z.int(),
  rows: z.int(),
  bytes: z.int(),
  counts: z.record(z.string(), z.int()),
  seconds: z.number(),
  reused: z.boolean(),
});
export type StageRecord = z.infer<typeof StageRecordSchema>;

export const FailureRecordSchema = z.strictObject({
  node: z.string(),
  shard: z.int(),
  attempts: z.int(),
  worker: z.string(),
  at: z.iso.datetime(),
  message: z.string(),
});
export type FailureRecord = z.infer<typeof FailureRecordSchema>;

export const OutcomeSchema = z.strictObject({
  outcome: z.enum(['completed', 'failed', 'cancelled']),
  at: z.iso.datetime(),
  message: z.string().optional(),
});
export type Outcome = z.infer<typeof OutcomeSchema>;

/** What the files of the run's report have to hash to. */
export const ReportFilesSchema = z.strictObject({
  files: z.array(z.strictObject({ name: z.string(), bytes: z.int(), sha256: z.string() })),
});
export type ReportFiles = z.infer<typeof ReportFilesSchema>;

/** Objects of a run, below `runs/<run id>/`. */
export const runKeys = {
  folder: (runId: string) => `runs/${runId}`,
  document: (runId: string) => `runs/${runId}/experiment.json`,
  outcome: (runId: string) => `runs/${runId}/outcome.json`,
  /** While it is there, shards at work are given back at the end of their block. */
  paused: (runId: string) => `runs/${runId}/paused.json`,
  prepared: (runId: string, node: string) => `runs/${runId}/stages/${node}/prepared.json`,
  stage: (runId: string, node: string) => `runs/${runId}/stages/${node}/done.json`,
  failures: (runId: string, node: string) => `runs/${runId}/stages/${node}/failures/`,
  failure: (runId: string, node: string, shard: number) =>
    `runs/${runId}/stages/${node}/failures/${String(shard).padStart(5, '0')}.json`,
  reportFiles: (runId: string) => `runs/${runId}/report-files.json`,
  /** Below it, what each attempt at a shard logged; without a shard, at all shards of the stage. */
  logs: (runId: string, node: string, shard?: number) =>
    `runs/${runId}/stages/${node}/logs/${shard === undefined ? '' : `${String(shard).padStart(5, '0')}/`}`,
  result: (runId: string, name: string) => `runs/${runId}/${name}`,
};

/** @throws InvalidInputError when there is no such run, or its record is damaged */
export async function readRunDocument(store: Store, runId: string): Promise<RunDocument> {
  let document: RunDocument | undefined;
  try {
    document = await readRecord(store, runKeys.document(runId), RunDocumentSchema);
  } catch (error) {
    if (!(error instanceof CorruptArtifactError)) throw error;
    throw new InvalidInputError(
      `Run "${runId}": its record ${error.uri} is damaged (expected ${error.expected}, found ${error.found}); give "xqg run EXPERIMENT.yaml --run-id ${runId}" with its experiment, which writes it anew`,
      { cause: error },
    );
  }
  if (document !== undefined) return document;
  throw new InvalidInputError(
    `Run "${runId}": ${store.uri} holds no such run; "xqg status" lists those it holds`,
  );
}

/** Writes a record of a run with its check, replacing what is there. */
export async function writeJson(store: Store, key: string, record: unknown): Promise<void> {
  await store.put(key, recordBytes(record));
}
