import { Option, type Command } from 'commander';
import { loadGeneratorCard } from '../../core/models/card.js';
import type { Decoding, Generator } from '../../core/models/generator.js';
import { localModelFolder } from '../../core/models/model-folder.js';
import { openOnnxEncoder } from '../../core/models/onnx-encoder.js';
import { openOnnxGenerator } from '../../core/models/onnx-generator.js';
import { openOpenAiGenerator } from '../../core/models/openai-generator.js';
import type { QuestionReport } from '../../core/models/question-report.js';
import { accumulateFile } from '../../core/steps/accumulate-file.js';
import { generateFile } from '../../core/steps/generate-file.js';
import { importFile } from '../../core/steps/import-file.js';
import { InvalidInputError } from '../../core/errors.js';
import { integer, jsonOption, list, numberBetween } from '../flags.js';
import { createOutput, type Output } from '../output.js';
import { createStepProgress } from '../step-progress.js';
import {
  computeTypeOption,
  deviceOption,
  inputOption,
  modelOption,
  outputOption,
  stepContext,
  threadsOption,
} from './step-context.js';

interface GenerateFlags {
  model: string;
  server?: string;
  apiKeyEnv?: string;
  prompt: string;
  concurrency: number;
  input: string[];
  languages: string[];
  perLanguage: number;
  greedy?: boolean;
  topK?: number;
  topP?: number;
  temperature?: number;
  seed: number;
  batchRows: number;
  device: 'cpu' | 'cuda';
  threads: number;
  output: string;
  json?: boolean;
}

interface ImportFlags {
  input: string[];
  corpus: string[];
  languages: string[];
  perLanguage: number;
  onBadRecord: 'fail' | 'quarantine';
  maxBadRecords: number;
  output: string;
  json?: boolean;
}

interface AccumulateFlags {
  model: string;
  questions: string;
  prefixes?: number[];
  device: 'cpu' | 'cuda';
  computeType: 'float32' | 'int8';
  threads: number;
  output: string;
  json?: boolean;
}

/** generate, import and accumulate. */
export function addQuestionSteps(program: Command): void {
  addGenerate(program);
  addImport(program);
  addAccumulate(program);
}

function addGenerate(program: Command): void {
  program
    .command('generate')
    .description(
      'Write questions for passages as a Parquet file, by a local model or an OpenAI-compatible server',
    )
    .addOption(modelOption())
    .option(
      '--server <url>',
      'ask this OpenAI-compatible server (up to and including /v1) for the model of that name',
    )
    .option('--api-key-env <name>', 'with --server: environment variable that holds its key')
    .option(
      '--prompt <text>',
      'with --server: what it is told',
      'Generate a {language} question for this passage: {title} {text}',
    )
    .option('--concurrency <n>', 'with --server: requests under way at once', integer(1), 8)
    .addOption(inputOption('passages'))
    .requiredOption('--languages <codes>', 'languages of the questions, such as ar,ru', list)
    .option('--per-language <n>', 'questions for each passage and language', integer(1), 1)
    .option('--greedy', 'always the likeliest token, instead of sampling')
    .option('--top-k <k>', 'sample from the k likeliest tokens; 0 keeps all', integer(0))
    .option('--top-p <p>', 'sample from the likeliest tokens that together reach p', numberBetween(0, 1))
    .option('--temperature <t>', 'below 1 sharpens, above 1 flattens', numberBetween(0.01, 100))
    .option(
      '--seed <n>',
      'each question draws from its own stream, seeded by this, docId, language and index',
      integer(0),
      0,
    )
    .option('--batch-rows <n>', 'sequences decoded together', integer(1), 64)
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(outputOption('Parquet file'))
    .addOption(jsonOption())
    .action(async (flags: GenerateFlags) => {
      const output = createOutput(flags);
      const generator = await openGenerator(flags);
      const progress = createStepProgress(output, 'questions');
      try {
        const options = { ...flags, decoding: await decodingOf(flags) };
        const report = await generateFile(generator, options, stepContext(), progress.update);
        progress.stop();
        tellReport(report, flags.output, output);
      } finally {
        progress.stop();
        await generator.close();
      }
    });
}

async function openGenerator(flags: GenerateFlags): Promise<Generator> {
  const { device, threads, batchRows, server, model, prompt, concurrency } = flags;
  if (server === undefined)
    return openOnnxGenerator(await localModelFolder(model), { device, threads, batchRows });
  const apiKey = flags.apiKeyEnv === undefined ? undefined : process.env[flags.apiKeyEnv];
  return openOpenAiGenerator({
    baseUrl: server,
    model,
    prompt,
    concurrency,
    maxNewTokens: 64,
    timeoutMs: 60_000,
    ...(apiKey !== undefined && { apiKey }),
  });
}

/** Flags, completed by the model's card; greedy when neither says anything. */
async function decodingOf(flags: GenerateFlags): Promise<Decoding> {
  const { topK, topP, temperature, seed } = flags;
  const asked = {
    ...(topK !== undefined && { topK }),
    ...(topP !== undefined && { topP }),
    ...(temperature !== undefined && { temperature }),
  };
  const sampling = Object.keys(asked).length > 0;
  if (flags.greedy === true) {
    if (sampling)
      throw new InvalidInputError(
        'generate: --greedy and sampling (--top-k, --top-p, --temperature) exclude each other',
      );
    return { mode: 'greedy' };
  }
  const card =
    flags.server === undefined
      ? (await loadGeneratorCard(await localModelFolder(flags.model))).sampling
      : undefined;
  if (!sampling && card === undefined) return { mode: 'greedy' };
  return { mode: 'sample', topK: 0, topP: 1, temperature: 1, ...card, ...asked, seed };
}

function tellReport(report: QuestionReport, path: string, output: Output): void {
  if (output.json) {
    output.printJson({ byLanguage: report, output: path });
    return;
  }
  for (const [lang, { questions, empty, repeated, cut }] of Object.entries(report)) {
    output.note(
      `${lang}: ${questions} questions, ${empty} empty, ${repeated} repeated, ${cut} cut at the limit`,
    );
  }
  output.note(`written to ${path}`);
}

function addImport(program: Command): void {
  program
    .command('import')
    .description('Check questions generated elsewhere against a corpus, and write them in its order')
    .addOption(inputOption('questions (docId, lang, index, text)'))
    .requiredOption('--corpus <files...>', 'the passages they belong to')
    .requiredOption('--languages <codes>', 'languages that are expected', list)
    .requiredOption('--per-language <n>', 'questions expected for each passage and language', integer(1))
    .addOption(
      new Option('--on-bad-record <policy>', 'unknown docIds and languages, duplicates, malformed records')
        .choices(['fail', 'quarantine'])
        .default('fail'),
    )
    .option('--max-bad-records <n>', 'with quarantine: more than this many are refused', integer(0), 1000)
    .addOption(outputOption('Parquet file'))
    .addOption(jsonOption())
    .action(async (flags: ImportFlags) => {
      const output = createOutput(flags);
      const report = await importFile(flags, stepContext());
      if (output.json) {
        output.printJson(report);
        return;
      }
      const { read, imported, surplus, gaps, badByKind } = report;
      const { malformed, unknownLanguage, unknownDocId, duplicate } = badByKind;
      output.note(`${read} records read, ${imported} questions written to ${flags.output}`);
      output.note(
        `left out: ${surplus} beyond the number wanted, ${unknownDocId} of unknown docIds, ${unknownLanguage} of unknown languages, ${duplicate} duplicates, ${malformed} malformed`,
      );
      output.note(
        `gaps: ${gaps.missingQuestions} questions missing, in ${gaps.pairs} pairs of passage and language`,
      );
    });
}

function addAccumulate(program: Command): void {
  program
    .command('accumulate')
    .description("Encode questions as queries, and write the sums of each passage's as an Arrow IPC file")
    .addOption(modelOption())
    .requiredOption('--questions <file>', 'Parquet file as "xqg generate" writes it')
    .option(
      '--prefixes <numbers>',
      'sums of the first n questions, such as 1,3,5 (default: of all)',
      (value: string) => list(value).map(integer(1)),
    )
    .addOption(deviceOption())
    .addOption(computeTypeOption())
    .addOption(threadsOption())
    .addOption(outputOption('Arrow IPC file'))
    .addOption(jsonOption())
    .action(async (flags: AccumulateFlags) => {
      const output = createOutput(flags);
      const { device, computeType, threads } = flags;
      const encoder = await openOnnxEncoder(flags.model, { device, computeType, threads });
      const progress = createStepProgress(output, 'questions');
      try {
        const { passages, columns } = await accumulateFile(encoder, flags, progress.update);
        progress.stop();
        if (output.json) output.printJson({ passages, columns, output: flags.output });
        else
          output.note(
            `sums of ${passages} passages written to ${flags.output}: columns ${columns.join(', ')}`,
          );
      } finally {
        progress.stop();
        await encoder.close();
      }
    });
}
