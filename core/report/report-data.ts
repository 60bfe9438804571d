import { z } from 'zod';
import { InvalidInputError } from '../errors.js';
import type { Arm } from '../retrieval/arms.js';
import { robustnessSchema } from './robustness-data.js';
import { WonLostSchema } from './won-lost-data.js';
import { ClaimOutcomeSchema, StatisticsDataSchema } from './statistics-data.js';

/**
 * What a report shows: figures already computed, and where they come from. It is written as JSON beside the
 * report and read back by `xqg report` and `xqg compare`; a figure that could not be computed is `null`.
 */

/** Recall, MRR and nDCG in [0, 1]; recall at k tokens (`r@2kt`) in percent; `null` where there is none. */
const figure = z.number().nullable();

const count = z.int().min(0);

const armSchema: z.ZodType<Arm> = z.object({
  id: z.string().min(1),
  label: z.string().min(1),
  encoder: z.string(),
  similarity: z.enum(['cosine', 'dot']),
  augmentation: z
    .object({
      questions: z.string(),
      alpha: z.number(),
      perLanguage: z.int().min(1),
      languages: z.array(z.string()).min(1),
      control: z.enum(['shuffled', 'mean']).optional(),
    })
    .optional(),
});

const metricResultSchema = z.object({
  /** Average over query languages. */
  all: figure,
  byLanguage: z.record(z.string(), figure),
});

const armResultSchema = z.object({
  arm: armSchema,
  /** By metric; a metric that was not computed for this arm is left out. */
  results: z.record(z.string(), metricResultSchema),
});

/** Of the questions in one language, as `reportQuestions` counts them; what does not apply is left out. */
const questionCountsSchema = z.object({
  /** All of them, empty ones included. */
  questions: count,
  empty: count.optional(),
  /** With the text of an earlier question of the same passage and language. */
  repeated: count.optional(),
  /** Ended by the limit of new tokens. */
  cut: count.optional(),
});

/** What an import left out or did not find: the counts of `ImportReport`. */
const importCountsSchema = z.object({
  /** Records in the files. */
  read: count,
  imported: count,
  /** Beyond the number wanted for their passage and language. */
  surplus: count,
  gaps: z.object({
    /** Passages and languages with fewer questions than wanted. */
    pairs: count,
    missingQuestions: count,
  }),
  /** Set aside, by what is wrong with them. */
  badByKind: z.record(z.string(), count),
});

const questionExampleSchema = z.object({
  docId: z.string(),
  title: z.string(),
  /** The passage's text, or its beginning. */
  text: z.string(),
  questions: z.array(z.object({ lang: z.string(), text: z.string() })),
});

const questionSetSchema = z.object({
  /** Of the experiment's question set. */
  name: z.string(),
  /** By language. */
  report: z.record(z.string(), questionCountsSchema),
  /** Of questions generated elsewhere. */
  imported: importCountsSchema.optional(),
  examples: z.array(questionExampleSchema).optional(),
});

const lineageSchema = z.object({
  stages: z.array(
    z.object({
      stage: z.string(),
      /** What the stage works on: `e5`, `mini`, … */
      name: z.string(),
      /** The artifact's key, `-` free to choose for stages without one. */
      key: z.string(),
      shards: count,
      rows: count,
      bytes: z.number().min(0),
      /** Wall-clock time of this run; 0 when everything was found. */
      seconds: z.number().min(0),
      /** Found in the store, made by an earlier run or another arm. */
      reused: z.boolean(),
      failedShards: count.optional(),
    }),
  ),
  models: z.array(
    z.object({
      name: z.string(),
      uri: z.string(),
      digest: z.string(),
      /** The name in the model's card. */
      card: z.string().optional(),
    }),
  ),
  data: z.array(
    z.object({
      uri: z.string(),
      bytes: z.number().min(0),
      sha256: z.string(),
      rows: count.optional(),
    }),
  ),
  /** The experiment with every default filled in. */
  options: z.unknown(),
  versions: z.record(z.string(), z.string()),
});

const publishedSchema = z.object({
  source: z.string(),
  /** Id of one of the arms. */
  arm: z.string(),
  metric: z.string(),
  /** In the unit of the measured figures. */
  average: z.number().optional(),
  byLanguage: z.record(z.string(), z.number()),
});

const leftOutSchema = z.object({
  /** Of the run: `encode.corpus.e5`. */
  stage: z.string(),
  shard: count,
  /** docId or queryId */
  id: z.string(),
  /** The one question that is left out, where it is not the passage as a whole. */
  question: z.object({ lang: z.string(), index: count }).optional(),
  reason: z.string(),
});

export const ReportDataSchema = z.object({
  title: z.string(),
  runId: z.string(),
  /** ISO 8601. */
  createdAt: z.string().optional(),
  experimentName: z.string(),
  description: z.string().optional(),
  /** The shell command that makes this run again. */
  command: z.string().optional(),
  /** The metric of the summary and of the plots; one of `metrics`. */
  primaryMetric: z.string(),
  metrics: z.array(z.string()).min(1),
  /** Query languages, in the order in which they are shown. */
  languages: z.array(z.string()),
  queries: z.object({ all: count, byLanguage: z.record(z.string(), count) }),
  passages: count,
  arms: z.array(armResultSchema).min(1),
  /** Absent in reports of versions that made no tests. */
  statistics: StatisticsDataSchema.optional(),
  /** Of the experiment's claims, in its order. */
  claims: z.array(ClaimOutcomeSchema).optional(),
  questions: z.array(questionSetSchema),
  /** What others published of some arms. */
  published: z.array(publishedSchema).optional(),
  lineage: lineageSchema,
  robustness: robustnessSchema.optional(),
  /** Single queries that the best arm moved most; absent without an xQG arm and its encoder alone. */
  wonLost: WonLostSchema.optional(),
  /** Records set aside as bad input, by input file. */
  quarantined: z
    .array(z.object({ source: z.string(), records: count, uri: z.string().optional() }))
    .optional(),
  /** What a model fails at. */
  leftOut: z.array(leftOutSchema).optional(),
});

export type ReportData = z.infer<typeof ReportDataSchema>;
/** One arm and its figures: a row of every table. */
export type ArmResult = z.infer<typeof armResultSchema>;
export type QuestionSetReport = z.infer<typeof questionSetSchema>;
export type LeftOut = z.infer<typeof leftOutSchema>;
export type Lineage = z.infer<typeof lineageSchema>;

/**
 * Checks report data that was read from a JSON artifact.
 *
 * @param source where it was read from, for the error message
 * @throws InvalidInputError when a field is missing or wrong, naming each
 */
export function parseReportData(json: unknown, source: string): ReportData {
  const parsed = ReportDataSchema.safeParse(json);
  if (!parsed.success) {
    throw new InvalidInputError(
      `Reading report data from ${source}: it is not what xqg writes; make it again with \`xqg report\`.\n${z.prettifyError(parsed.error)}`,
    );
  }
  if (!parsed.data.metrics.includes(parsed.data.primaryMetric)) {
    throw new InvalidInputError(
      `Reading report data from ${source}: the primary metric ${parsed.data.primaryMetric} is none of its metrics (${parsed.data.metrics.join(', ')})`,
    );
  }
  return parsed.data;
}
