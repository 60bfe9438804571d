import { z } from 'zod';
import { CORRECTIONS } from '../statistics/corrections.js';
import { TESTS } from '../statistics/significance-test.js';

/** What a report knows beyond averages: how sure they are, which arms differ, and whether claims hold. */

const figure = z.number().nullable();
const count = z.int().min(0);
const testName = z.enum(TESTS);

/** In the metric's own unit, see `figure` of report data; `null` where there are too few queries. */
const intervalSchema = z.object({ low: z.number(), high: z.number() }).nullable();

const testSchema = z.discriminatedUnion('outcome', [
  z.object({
    test: testName,
    outcome: z.literal('tested'),
    /** Two-sided. */
    p: z.number(),
    /** p, corrected over the family: the same role, metric, test and `over`. */
    corrected: z.number(),
    /** Of a t-test. */
    statistic: z.number().optional(),
    df: z.number().optional(),
    /** Of a randomisation test. */
    exact: z.boolean().optional(),
    permutations: count.optional(),
  }),
  z.object({
    test: testName,
    outcome: z.literal('not-tested'),
    reason: z.enum(['too-few-pairs', 'all-ties', 'no-variance']),
  }),
]);

const comparisonSchema = z.object({
  /**
   * baseline: against the encoder alone, or what `statistics.baseline` picks; control: an xQG arm against its
   * control, what the content of the questions gives.
   */
  role: z.enum(['baseline', 'control']),
  /** Arm ids. */
  arm: z.string(),
  against: z.string(),
  metric: z.string(),
  /** `all`: the average over query languages; `seen`, `unseen`: over those with and without questions; a language. */
  over: z.string(),
  /** arm − against */
  estimate: figure,
  interval: intervalSchema,
  /** Cohen's d_z of the paired differences. */
  effectSize: figure,
  pairs: count,
  ties: count,
  tests: z.array(testSchema),
});

export const StatisticsDataSchema = z.object({
  level: z.number(),
  correction: z.enum(CORRECTIONS),
  /** The first decides the marks. */
  tests: z.array(testName).min(1),
  resamples: count,
  permutations: count,
  /** The arm that all are tested against; absent where each is against its encoder alone. */
  baseline: z.string().optional(),
  /** By metric: queries that do not count under every arm, and are in no comparison. */
  leftOut: z.record(z.string(), count),
  /** Of each arm's own figures. */
  intervals: z.array(
    z.object({
      arm: z.string(),
      metric: z.string(),
      all: intervalSchema,
      byLanguage: z.record(z.string(), intervalSchema),
    }),
  ),
  comparisons: z.array(comparisonSchema),
  /** Which arms an arm significantly beats, where it beats any: all pairs of arms of a column are one family. */
  beaten: z.array(
    z.object({ metric: z.string(), over: z.string(), arm: z.string(), beats: z.array(z.string()).min(1) }),
  ),
});

const findingSchema = z.object({
  /** Of what: a query language or `average`, and for trends which step, `n = 1 → 2`. */
  label: z.string(),
  estimate: figure,
  interval: intervalSchema,
  p: figure,
  corrected: figure,
  outcome: z.enum(['holds', 'fails', 'undecided']),
  /** Why there is no p-value, and the like. */
  note: z.string().optional(),
});

export const ClaimOutcomeSchema = z.object({
  claim: z.string(),
  required: z.boolean(),
  outcome: z.enum(['holds', 'fails', 'undecided']),
  /** In a sentence. */
  why: z.string(),
  metric: z.string(),
  test: z.enum([...TESTS, 'interval', 'none']),
  level: z.number(),
  correction: z.enum(CORRECTIONS),
  findings: z.array(findingSchema),
});

export type StatisticsData = z.infer<typeof StatisticsDataSchema>;
export type ComparisonData = z.infer<typeof comparisonSchema>;
export type ClaimOutcome = z.infer<typeof ClaimOutcomeSchema>;
export type ClaimFinding = ClaimOutcome['findings'][number];
export type Verdict = ClaimOutcome['outcome'];
