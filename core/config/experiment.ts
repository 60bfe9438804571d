import { z } from 'zod';
import { ClaimSchema } from './claims.js';
import { DOC_IDS } from '../datasets/formats/names.js';
import { LANGUAGE, language, name, oneOrMany, positiveInteger, probability } from './field-types.js';
import { corpusFiles, corpusFormat, files, qrelsFiles, queryFiles, queryFormat } from './input-files.js';
import { PublishedSchema } from './published.js';
import { RobustnessSchema } from './robustness.js';
import { RunSchema } from './run-options.js';
import { StatisticsSchema } from './statistics.js';

/**
 * The experiment file. Field descriptions appear in the JSON Schema for editors and in docs/experiment.md, so
 * they are written for users; messages given to `regex` and to unions continue "expected …" in error messages.
 * Paths are relative to the experiment file; `s3://` URIs are taken as they are.
 */

const device = z.enum(['cpu', 'cuda']).default('cpu').describe('Where ONNX Runtime computes');
const computeType = z
  .enum(['float32', 'int8'])
  .default('float32')
  .describe(
    'What its matrix products are computed in. int8, on the CPU only: about twice as fast, rounded with a scale for each token',
  );
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
  files: corpusFiles,
  format: corpusFormat,
  docIds: z
    .enum(DOC_IDS)
    .optional()
    .describe(
      'For SQuAD files. position (default): ARTICLE-PARAGRAPH, the same in translations; content: by the text, the same in all files',
    ),
  shardPassages: positiveInteger
    .max(1_000_000)
    .default(16_384)
    .describe('Passages in a shard; a shard is one activity of each stage'),
  expectedPassages: positiveInteger.optional().describe('For `xqg plan` before the corpus is at hand'),
  ...badRecords,
});

export const QueriesSchema = z.strictObject({
  files: queryFiles,
  format: queryFormat,
  lang: language
    .optional()
    .describe(
      'Language of the queries that name none; squad, miracl and mrtydi files may tell it by their names: xquad.ar.json',
    ),
  answersFrom: files
    .optional()
    .describe(
      'For SQuAD files: SQuAD files whose answers stand for those of the questions with the same ids, such as the English ones for r@2kt on English passages',
    ),
  languages: z.array(language).min(1).optional().describe('Keep only queries in these languages'),
  shardQueries: positiveInteger.max(1_000_000).default(4096).describe('Queries in a shard'),
  expectedQueries: positiveInteger.optional().describe('For `xqg plan` before the queries are at hand'),
  ...badRecords,
});

export const EncoderSchema = z.strictObject({
  model: z.string().min(1).describe('Folder or s3:// URI with model*.onnx, tokenizer.json and xqg.json'),
  precision: z.enum(['float16', 'float32']).default('float32').describe('Of vectors on disk'),
  device,
  computeType,
  batchTokens: positiveInteger.default(512).describe('Tokens in a batch, padding included'),
  blockPassages: positiveInteger
    .default(1024)
    .describe('Passages between checkpoints; about half a minute of work'),
  blockQuestions: positiveInteger.default(16_384).describe('Questions between checkpoints of accumulate'),
});

const decoding = z.union(
  [
    z.literal('greedy'),
    z.strictObject({
      topK: z.int().min(0).optional().describe('Keep the k likeliest tokens; 0 keeps all'),
      topP: probability
        .optional()
        .describe('Then keep the smallest set of tokens whose probability reaches p; 1 keeps all'),
      temperature: z
        .number()
        .gt(0)
        .optional()
        .describe('Below 1 sharpens, above 1 flattens the distribution'),
    }),
  ],
  { error: 'greedy, or a mapping of topK, topP and temperature' },
);

export const GeneratorSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('onnx').describe('A sequence-to-sequence model in a folder'),
    model: z.string().min(1).describe('Folder or s3:// URI as optimum-cli exports it, with xqg.json'),
    device,
    batchRows: positiveInteger.default(64).describe('Sequences decoded together'),
    blockPassages: positiveInteger
      .default(64)
      .describe('Passages between checkpoints; about half a minute of work'),
  }),
  z.strictObject({
    kind: z.literal('openai').describe('A server with an OpenAI-compatible /v1/chat/completions'),
    baseUrl: z
      .url({ error: 'a URL such as http://localhost:8000/v1' })
      .describe('Up to and including /v1 of vLLM, TGI, Ollama or another compatible server'),
    model: z.string().min(1).describe('Its name at the server'),
    apiKeyEnv: z
      .string()
      .min(1)
      .optional()
      .describe('Environment variable of the worker that holds the API key'),
    prompt: z
      .string()
      .min(1)
      .default('Generate a {language} question for this passage: {title} {text}')
      .describe('{language} becomes the English name of the language'),
    maxNewTokens: positiveInteger.default(64).describe('Of one question'),
    concurrency: positiveInteger.default(8).describe('Requests in flight from one worker'),
    timeoutSeconds: positiveInteger.default(60).describe('For one request'),
    blockPassages: positiveInteger.default(64).describe('Passages between checkpoints'),
  }),
]);

const questionLanguages = z.array(language).min(1).describe('L: the languages to have questions in');

const sums = z
  .enum(['asked', 'each'])
  .default('asked')
  .describe(
    'Sums to keep. asked: what the arms need, languages that occur only together in one column; each: every language and n, so that arms added later need no new encoding, at languages × n columns of storage',
  );

export const QuestionsSchema = z.union(
  [
    z.strictObject({
      generator: name.describe('One of `generators`'),
      languages: questionLanguages,
      perLanguage: positiveInteger.max(1000).describe('n: questions for each passage and language'),
      decoding: decoding.optional().describe("Default: the model card's sampling, else greedy"),
      sums,
    }),
    z.strictObject({
      import: files.describe('Files with questions generated elsewhere: docId, lang, index, text'),
      format: z.enum(['jsonl', 'parquet']).optional().describe('Default: by the file name'),
      languages: questionLanguages,
      perLanguage: positiveInteger.max(1000).describe('n: questions for each passage and language'),
      sums,
      ...badRecords,
    }),
  ],
  { error: 'a mapping with either "generator" or "import"' },
);

const control = z.enum(['none', 'shuffled', 'mean']);

/** `1..5`, or `1..n` up to what the question set has. */
export const COUNT_RANGE = /^([1-9]\d*)\.\.([1-9]\d*|n)$/;

const languageSelection = z.union(
  [
    z.literal('all').describe("All of the question set's languages together"),
    z.literal('each').describe('One arm for each language alone'),
    z.literal('leave-one-out').describe('One arm for each language, with all others together'),
    z
      .array(z.string().regex(LANGUAGE, 'a language code, or choices as in [all, each, [ar, bn]]'))
      .min(1)
      .describe('These languages together'),
  ],
  { error: 'all, each, leave-one-out or a list of language codes' },
);

export const ArmSchema = z.strictObject({
  encoder: name.describe('One of `encoders`'),
  similarity: z.enum(['cosine', 'dot']).optional().describe("Default: the encoder card's"),
  questions: name.optional().describe('One of `questions`; without it the arm is the encoder alone'),
  alpha: oneOrMany(z.number().gt(0).lt(1), 'a number or a list of numbers')
    .default(0.01)
    .describe("α: weight of the questions' sum; the passage keeps 1 − α"),
  perLanguage: z
    .union([positiveInteger, z.array(positiveInteger).min(1), z.string().regex(COUNT_RANGE)], {
      error: 'a whole number, a list of them, or a range such as 1..5 or 1..n',
    })
    .optional()
    .describe(
      "n: the first n questions of each language; default all of the question set's; 1..n: every number up to those",
    ),
  languages: z
    .union([languageSelection, z.array(languageSelection).min(1)], {
      error:
        'all, each, leave-one-out, a list of language codes such as [ar, bn], or a list of these such as [all, each, [ar, bn]]',
    })
    .default('all')
    .describe(
      'L: all languages together, each alone, all but one in turn, a list of codes together, or a list of such choices',
    ),
  control: z
    .union([control, z.literal('all'), z.array(control).min(1)], {
      error: 'none, shuffled, mean, all or a list of these',
    })
    .default('none')
    .describe(
      "shuffled: another passage's questions; mean: the mean of all questions' sums for everyone; all: the arm itself and both",
    ),
  export: z.boolean().default(false).describe('Write the augmented vectors out, ready for an index'),
});

export const SearchSchema = z.strictObject({
  depth: positiveInteger.max(10_000).default(100).describe('Passages kept of each query and arm'),
  passageShards: positiveInteger.default(16).describe('Passage shards that one search shard scans'),
});

export const EvaluateSchema = z.strictObject({
  metrics: z
    .array(
      z
        .string()
        .regex(
          /^(recall|mrr|ndcg)@[1-9]\d*$|^r@[1-9]\d*kt$/,
          'recall@k, mrr@k, ndcg@k or r@kkt, such as ndcg@10 or r@2kt',
        ),
    )
    .min(1)
    .default(['recall@1', 'recall@10', 'mrr@10', 'ndcg@10', 'r@2kt'])
    .describe('recall@k, mrr@k, ndcg@k (from `qrels`); r@2kt: recall at 2,000 tokens (from the answers)'),
  punkt: z
    .string()
    .min(1)
    .optional()
    .describe(
      "For r@2kt: folder or s3:// URI like NLTK's punkt_tab/english, which says where sentences end; default NLTK's English, bundled",
    ),
});

export const ReportSchema = z.strictObject({
  title: z.string().optional().describe("Default: the experiment's name"),
  metric: z
    .string()
    .optional()
    .describe('The metric that plots show; default the first of `evaluate.metrics`'),
});

export const ExperimentSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; not read'),
  name: name.describe('Names the runs and their folders'),
  description: z.string().optional().describe('For the report'),
  seed: z.int().min(0).default(0).describe('Of everything drawn at random: sampling, shuffled controls'),
  store: z
    .string()
    .min(1)
    .optional()
    .describe('file:// or s3:// URI; default .xqg beside the experiment file'),
  corpus: CorpusSchema.describe('The passages'),
  queries: QueriesSchema.describe('The queries'),
  qrels: qrelsFiles
    .optional()
    .describe(
      'Relevance judgements in the form of TREC or BEIR, or SQuAD files, whose questions belong to their paragraphs; needed by recall@k, mrr@k, ndcg@k',
    ),
  encoders: z.record(name, EncoderSchema).describe('Bi-encoders, by the name that arms use'),
  generators: z.record(name, GeneratorSchema).default({}).describe('Question generators, by name'),
  questions: z.record(name, QuestionsSchema).default({}).describe('Question sets, by the name that arms use'),
  arms: z
    .array(ArmSchema)
    .min(1)
    .describe('List-valued fields multiply: three alphas and two controls are six arms'),
  search: SearchSchema.prefault({}).describe('Exact search'),
  evaluate: EvaluateSchema.prefault({}).describe('Metrics'),
  robustness: RobustnessSchema.optional().describe(
    'Tests with adversarial paraphrases and with errors in queries',
  ),
  statistics: StatisticsSchema.prefault({}).describe('Intervals and tests of significance'),
  claims: z
    .array(ClaimSchema)
    .default([])
    .describe('What the experiment is to show; the report says of each whether it holds'),
  published: z
    .array(PublishedSchema)
    .default([])
    .describe('Figures that others published; the report prints them beside the measured ones'),
  report: ReportSchema.prefault({}).describe('The HTML page'),
  run: RunSchema.prefault({}).describe('Orchestration; no option here changes a result'),
});

export type Experiment = z.infer<typeof ExperimentSchema>;
export type CorpusConfig = z.infer<typeof CorpusSchema>;
export type QueriesConfig = z.infer<typeof QueriesSchema>;
export type EncoderConfig = z.infer<typeof EncoderSchema>;
export type GeneratorConfig = z.infer<typeof GeneratorSchema>;
export type QuestionsConfig = z.infer<typeof QuestionsSchema>;
export type ArmConfig = z.infer<typeof ArmSchema>;
