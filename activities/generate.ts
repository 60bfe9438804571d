import type { ArtifactSpec } from '../core/artifacts/artifact.js';
import type { Json } from '../core/artifacts/digest.js';
import type { PartDraft } from '../core/artifacts/shard-writer.js';
import type { GeneratorConfig, QuestionsConfig } from '../core/config/experiment.js';
import { questionsToParquet } from '../core/formats/questions.js';
import type { Generator } from '../core/models/generator.js';
import { openOpenAiGenerator } from '../core/models/openai-generator.js';
import { reportQuestions } from '../core/models/question-report.js';
import type { Passage } from '../core/records.js';
import { countsOfReport } from '../core/stages/question-counts.js';
import {
  textsArtifact,
  largestShard,
  writeStageShard,
  type PrepareContext,
  type StageContext,
  type StageDefinition,
} from './context.js';
import { generatorConfig, heldGenerator, questionDecoding, questionsConfig } from './experiment-parts.js';
import { readPassageShard } from './shard-inputs.js';
import { ShardIsolation } from './shard-isolation.js';

const VERSION = 2;

type GeneratedQuestions = Extract<QuestionsConfig, { generator: string }>;

/** Writes questions for passages, shard by shard, by a local model or by a server. */
export const generate: StageDefinition<'generate'> = {
  version: VERSION,

  async prepare(context, node) {
    const corpus = await textsArtifact(context, 'corpus', node.variant);
    const questions = generatedQuestions(context, node.questions);
    const generator = generatorConfig(context, questions.generator);
    const spec: ArtifactSpec = {
      stage: 'generate',
      version: VERSION,
      inputs: { passages: corpus.digest },
      options: {
        languages: questions.languages,
        perLanguage: questions.perLanguage,
        decoding: (await questionDecoding(context, questions)) as Json,
        ...generatorOptions(generator),
      },
      models:
        generator.kind === 'onnx' ? { generator: (await heldGenerator(context, generator)).digest } : {},
    };
    const shards = corpus.manifest.shards.length;
    const perPassage = questions.languages.length * questions.perLanguage;
    return { spec, units: shards, shards, unitRows: largestShard(corpus) * perPassage };
  },

  async run(context, node, prepared, shard) {
    const corpus = await textsArtifact(context, 'corpus', node.variant);
    const passages = await readPassageShard(context.store, corpus.ref, shard);
    const questions = generatedQuestions(context, node.questions);
    const { blockPassages } = generatorConfig(context, questions.generator);
    const decoding = await questionDecoding(context, questions);
    const options = { languages: questions.languages, perLanguage: questions.perLanguage, decoding };
    const blocks = Math.ceil(passages.length / blockPassages);
    const isolation = new ShardIsolation<Passage>(context, { node: node.id, shard }, ({ docId }) => ({
      id: docId,
    }));
    await withGenerator(context, questions, async (generator) => {
      const make = async (block: number): Promise<PartDraft> => {
        const slice = passages.slice(block * blockPassages, (block + 1) * blockPassages);
        const { result: generated, quarantined } = await isolation.process(slice, (some) =>
          generator.generate(some, options, (finished) => {
            context.heartbeat({ block, blocks, finished });
          }),
        );
        return {
          bytes: await questionsToParquet(generated),
          extension: 'parquet',
          rows: generated.length,
          counts: countsOfReport(reportQuestions(generated)),
          quarantined,
        };
      };
      await writeStageShard(context, prepared, shard, { blocks, make, restore: isolation.restore });
    });
  },
};

/** Options that can change a question's bytes; addresses, keys and limits of the transport cannot. */
function generatorOptions(generator: GeneratorConfig): Record<string, Json> {
  if (generator.kind === 'onnx') {
    return { device: generator.device, batchRows: generator.batchRows, block: generator.blockPassages };
  }
  const { model, prompt, maxNewTokens, blockPassages } = generator;
  return { server: model, prompt, maxNewTokens, block: blockPassages };
}

async function withGenerator(
  context: StageContext,
  questions: GeneratedQuestions,
  work: (generator: Generator) => Promise<void>,
): Promise<void> {
  const config = generatorConfig(context, questions.generator);
  if (config.kind === 'onnx') {
    const { held, timeLimit } = await heldGenerator(context, config);
    const { hangLimit } = context.run.experiment.run;
    await context.models.withGenerator(held, work, context.signal, timeLimit(hangLimit));
    return;
  }
  const apiKey = config.apiKeyEnv === undefined ? undefined : process.env[config.apiKeyEnv];
  const generator = await openOpenAiGenerator({
    baseUrl: config.baseUrl,
    model: config.model,
    ...(apiKey !== undefined && { apiKey }),
    prompt: config.prompt,
    maxNewTokens: config.maxNewTokens,
    concurrency: config.concurrency,
    timeoutMs: config.timeoutSeconds * 1000,
    onRetry: (reason) => context.log.warn({ reason }, 'a request to the server is tried again'),
  });
  try {
    await work(generator);
  } finally {
    await generator.close();
  }
}

function generatedQuestions(context: PrepareContext, name: string): GeneratedQuestions {
  const config = questionsConfig(context, name);
  if (!('generator' in config)) throw new Error(`Question set "${name}" is imported, not generated`);
  return config;
}
