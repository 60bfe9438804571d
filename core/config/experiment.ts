import { z } from 'zod';

/**
 * The experiment file. Field descriptions appear in the JSON Schema for editors and in error messages, so they
 * are written for users. Paths are relative to the experiment file; `s3://` URIs are taken as they are.
 */

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a name of letters, digits, ".", "_" and "-", at most 64 long');
const language = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'a language code such as ar or zh-Hant');
const files = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .describe('A path, glob or s3:// URI, or a list of them; gzipped when it ends in .gz');
const positiveInteger = z.int().min(1);
const probability = z.number().gt(0).max(1);
const oneOrMany = <T extends z.ZodType>(schema: T) => z.union([schema, z.array(schema).min(1)]);
const badRecords = {
  onBadRecord: z
    .enum(['fail', 'quarantine'])
    .default('fail')
    .describe('fail: stop before any expensive work; quarantine: set the record aside, with the reason'),
  maxBadRecords: z
    .int()
    .min(0)
    .default(1000)
    .describe('With quarantine: more than this many still fail the run'),
};

export const CorpusSchema = z.strictObject({
  files,
  format: z.enum(['jsonl', 'tsv', 'parquet']).optional().describe('Default: by the file name'),
  shardPassages: positiveInteger.max(1_000_000).default(16_384).describe('Passages in a shard'),
  expectedPassages: positiveInteger.optional().describe('For `xqg plan` before the corpus is at hand'),
  ...badRecords,
});

export const QueriesSchema = z.strictObject({
  files,
  format: z.enum(['jsonl', 'tsv', 'parquet']).optional().describe('Default: by the file name'),
  languages: z.array(language).min(1).optional().describe('Keep only queries in these languages'),
  shardQueries: positiveInteger.max(1_000_000).default(4096),
  expectedQueries: positiveInteger.optional().describe('For `xqg plan` before the queries are at hand'),
  ...badRecords,
});

export const EncoderSchema = z.strictObject({
  model: z.string().min(1).describe('Folder or s3:// URI with model*.onnx, tokenizer.json and xqg.json'),
  precision: z.enum(['float16', 'float32']).default('float32').describe('Of vectors on disk'),
  device: z.enum(['cpu', 'cuda']).default('cpu'),
  batchTokens: positiveInteger.default(4096).describe('Tokens in a batch, padding included'),
  blockPassages: positiveInteger
    .default(1024)
    .describe('Passages between checkpoints; about half a minute of work'),
  blockQuestions: positiveInteger.default(16_384).describe('Questions between checkpoints of accumulate'),
});

const decoding = z.union([
  z.literal('greedy'),
  z.strictObject({
    topK: z.int().min(0).optional().describe('0 keeps all tokens'),
    topP: probability.optional(),
    temperature: z.number().gt(0).optional(),
  }),
]);

export const GeneratorSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('onnx'),
    model: z.string().min(1).describe('Folder or s3:// URI as optimum-cli exports it, with xqg.json'),
    device: z.enum(['cpu', 'cuda']).default('cpu'),
    batchRows: positiveInteger.default(64).describe('Sequences decoded together'),
    blockPassages: positiveInteger
      .default(64)
      .describe('Passages between checkpoints; about half a minute of work'),
  }),
  z.strictObject({
    kind: z.literal('openai'),
    baseUrl: z.url().describe('Up to and including /v1 of vLLM, TGI, Ollama or another compatible server'),
    model: z.string().min(1),
    apiKeyEnv: z
      .string()
      .min(1)
      .optional()
      .describe('Environment variable of the worker that holds the API key'),
    prompt: z.string().default('Generate a {language} question for this passage: {title} {text}'),
    maxNewTokens: positiveInteger.default(64),
    concurrency: positiveInteger.default(8),
    timeoutSeconds: positiveInteger.default(60).describe('For one request'),
    blockPassages: positiveInteger.default(64),
  }),
]);

export const QuestionsSchema = z.union([
  z.strictObject({
    generator: name.describe('One of `generators`'),
    languages: z.array(language).min(1),
    perLanguage: positiveInteger.max(1000),
    decoding: decoding.optional().describe("Default: the model card's sampling, else greedy"),
  }),
  z.strictObject({
    import: files.describe('Questions generated elsewhere: docId, lang, index, text'),
    format: z.enum(['jsonl', 'parquet']).optional(),
    languages: z.array(language).min(1),
    perLanguage: positiveInteger.max(1000),
    onBadRecord: badRecords.onBadRecord,
    maxBadRecords: badRecords.maxBadRecords,
  }),
]);

const languageSelection = z.union([
  z.literal('all').describe("All of the question set's languages together"),
  z.literal('each').describe('One arm for each language alone'),
  z.array(language).min(1).describe('These languages together'),
]);

export const ArmSchema = z.strictObject({
  encoder: name.describe('One of `encoders`'),
  similarity: z.enum(['cosine', 'dot']).optional().describe("Default: the encoder card's"),
  questions: name.optional().describe('One of `questions`; without it the arm is the encoder alone'),
  alpha: oneOrMany(z.number().gt(0).lt(1)).default(0.01),
  perLanguage: oneOrMany(positiveInteger).optional().describe("Default: all of the question set's"),
  languages: oneOrMany(languageSelection).default('all'),
  control: oneOrMany(z.enum(['none', 'shuffled', 'mean'])).default('none'),
  export: z.boolean().default(false).describe('Write the augmented vectors out, ready for an index'),
});

export const ExperimentSchema = z.strictObject({
  $schema: z.string().optional(),
  name,
  description: z.string().optional(),
  seed: z.int().min(0).default(0),
  store: z.string().optional().describe('file:// or s3:// URI; default .xqg beside the experiment file'),
  corpus: CorpusSchema,
  queries: QueriesSchema,
  qrels: z
    .string()
    .optional()
    .describe('TREC or BEIR relevance judgements; needed by recall@k, mrr@k, ndcg@k'),
  encoders: z.record(name, EncoderSchema),
  generators: z.record(name, GeneratorSchema).default({}),
  questions: z.record(name, QuestionsSchema).default({}),
  arms: z
    .array(ArmSchema)
    .min(1)
    .describe('List-valued fields multiply: three alphas and two controls are six arms'),
  search: z
    .strictObject({
      depth: positiveInteger.max(10_000).default(100).describe('Passages kept of each query and arm'),
      passageShards: positiveInteger.default(16).describe('Passage shards that one search shard scans'),
    })
    .prefault({}),
  evaluate: z
    .strictObject({
      metrics: z
        .array(
          z.string().regex(/^(recall|mrr|ndcg)@[1-9]\d*$|^r@[1-9]\d*kt$/, 'recall@k, mrr@k, ndcg@k or r@kkt'),
        )
        .min(1)
        .default(['recall@1', 'recall@10', 'mrr@10', 'ndcg@10', 'r@2kt']),
    })
    .prefault({}),
  report: z
    .strictObject({
      title: z.string().optional(),
      metric: z
        .string()
        .optional()
        .describe('The metric that plots show; default the first of `evaluate.metrics`'),
    })
    .prefault({}),
  run: z
    .strictObject({
      parallelism: z
        .strictObject({
          io: positiveInteger.max(500).default(8),
          encode: positiveInteger.max(500).default(8),
          generate: positiveInteger.max(500).default(8),
          search: positiveInteger.max(500).default(8),
        })
        .prefault({})
        .describe('Shards of one stage at work at once, over all workers'),
      maxAttempts: positiveInteger.default(4).describe('Tries of a shard before it counts as failed'),
      onFailedShards: z
        .enum(['wait', 'fail'])
        .default('wait')
        .describe('wait: the stage waits for `xqg rerun` or `xqg cancel`; fail: the run ends'),
      maxQuarantined: z.int().min(0).default(0),
    })
    .prefault({}),
});

export type Experiment = z.infer<typeof ExperimentSchema>;
export type CorpusConfig = z.infer<typeof CorpusSchema>;
export type QueriesConfig = z.infer<typeof QueriesSchema>;
export type EncoderConfig = z.infer<typeof EncoderSchema>;
export type GeneratorConfig = z.infer<typeof GeneratorSchema>;
export type QuestionsConfig = z.infer<typeof QuestionsSchema>;
export type ArmConfig = z.infer<typeof ArmSchema>;
