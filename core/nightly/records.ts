import { z } from 'zod';
import { ArmRecordSchema } from '../stages/run-document.js';
import { ExperimentSchema } from '../config/experiment.js';

/** What a gate came to, for one arm. Figures are on the scale that tables show. */
export const GateResultSchema = z.strictObject({
  gate: z.string(),
  arm: z.string(),
  /** undecided: beyond the limit, but within what chance can do. not judged: there was nothing to judge by. */
  verdict: z.enum(['holds', 'fails', 'undecided', 'not judged']),
  reason: z.string().optional(),
  value: z.number().optional(),
  baseline: z.number().optional(),
  difference: z.number().optional(),
  /** Of the difference, 95 % */
  interval: z.strictObject({ low: z.number(), high: z.number() }).optional(),
  /** What the value, or the difference, is held to. */
  limit: z.number().optional(),
  queries: z.int().optional(),
});
export type GateResult = z.infer<typeof GateResultSchema>;

/** Of a run held to gates and required claims: good, worse, or not able to tell since it failed. */
export const VERDICTS = ['good', 'worse', 'failed'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The word for the latest good night. */
export const LAST_GOOD = 'last-good';

/** What a schedule runs and holds its runs to: written when it is created. Holds no secrets. */
export const NightlyDocumentSchema = z.strictObject({
  name: z.string(),
  createdAt: z.iso.datetime(),
  experimentFile: z.string(),
  /** With defaults filled in and local paths made absolute. */
  experiment: ExperimentSchema,
  arms: z.array(ArmRecordSchema),
  exported: z.array(z.string()),
  /** A run's id, or `last-good`: the latest good night. */
  baseline: z.string(),
  gates: z.array(z.string()),
  /** Environment variable of the worker that holds the address of a webhook. */
  webhookEnv: z.string().optional(),
  /** Post good nights too, not only those that are worse or failed. */
  webhookAlways: z.boolean(),
  /** A night that takes longer is cancelled, and counts as failed. */
  timeLimitMinutes: z.number(),
});
export type NightlyDocument = z.infer<typeof NightlyDocumentSchema>;

/** One night, as the trend page shows it. */
export const NightRecordSchema = z.strictObject({
  runId: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  /** seconds by the clock */
  seconds: z.number(),
  /** Seconds of all stages that were not reused, added up. */
  workSeconds: z.number(),
  verdict: z.enum(VERDICTS),
  /** Why the run has no results, or which required claims fail. */
  message: z.string().optional(),
  baseline: z.string().optional(),
  gates: z.array(GateResultSchema),
  /** Required claims that fail; absent in records of older versions. */
  brokenClaims: z.array(z.string()).optional(),
  /** Averages over languages, by arm and metric, as they stand in files; of PAWS-X too where it is measured. */
  metrics: z.record(z.string(), z.record(z.string(), z.number().nullable())),
  /** Digests of the models, by the name that the experiment has for them. */
  models: z.record(z.string(), z.string()),
  xqgVersion: z.string(),
  /** Of the code, where the worker's environment or checkout tells. */
  commit: z.string().optional(),
});
export type NightRecord = z.infer<typeof NightRecordSchema>;

export const nightlyKeys = {
  all: 'nightly/',
  document: (name: string) => `nightly/${name}/schedule.json`,
  nights: (name: string) => `nightly/${name}/nights/`,
  night: (name: string, runId: string) => `nightly/${name}/nights/${runId}.json`,
  trend: (name: string) => `nightly/${name}/trend.html`,
};
