import { recordKeys, type ArtifactSpec } from '../core/artifacts/artifact.js';
import { sha256Hex } from '../core/artifacts/digest.js';
import { recordBytes } from '../core/artifacts/records.js';
import { uncommittedShards } from '../core/artifacts/stage-artifact.js';
import type { QuestionsConfig } from '../core/config/experiment.js';
import {
  digestFiles,
  importQuestions as importFiles,
  type CorpusShard,
} from '../core/datasets/import-questions.js';
import { questionsToParquet } from '../core/formats/questions.js';
import { reportQuestions } from '../core/models/question-report.js';
import { countsOfReport } from '../core/stages/question-counts.js';
import {
  preparedRef,
  textsArtifact,
  writeStreamedShard,
  type PrepareContext,
  type StageDefinition,
} from './context.js';
import { questionsConfig } from './experiment-parts.js';
import { datasetContext } from './ingest.js';
import { readPassageShard } from './shard-inputs.js';

const VERSION = 1;

type ImportedQuestionsConfig = Extract<QuestionsConfig, { import: unknown }>;

/**
 * Brings questions generated elsewhere into the corpus's order, checked against it. The input may come in any
 * order, so one activity reads it all and commits shard by shard; what it found lies beside the shards.
 */
export const importQuestions: StageDefinition<'import'> = {
  version: VERSION,

  async prepare(context, node) {
    const corpus = await corpusOf(context);
    const { languages, perLanguage, onBadRecord, maxBadRecords, ...config } = imported(
      context,
      node.questions,
    );
    const input = { files: config.import, format: config.format };
    const files = await digestFiles(input, datasetContext(context), 'questions');
    const spec: ArtifactSpec = {
      stage: 'import',
      version: VERSION,
      inputs: { passages: corpus.digest, files: sha256Hex(files.map(({ sha256 }) => sha256).join('\n')) },
      options: { languages, perLanguage, onBadRecord, maxBadRecords },
      models: {},
    };
    return { spec, units: 1, shards: corpus.manifest.shards.length, detail: { files } };
  },

  async run(context, node, prepared) {
    const ref = preparedRef(prepared);
    const { import: files, ...config } = imported(context, node.questions);
    const questions = await importFiles({ files, ...config }, corpusShards(context), datasetContext(context));
    try {
      const { report } = questions;
      await context.store.put(recordKeys.importReport(ref), recordBytes(report));
      const due = new Set(await uncommittedShards(context.store, ref, 0, prepared.shards));
      for await (const { shard, questions: rows } of questions.shards()) {
        if (!due.has(shard)) continue;
        const make = async () => ({
          bytes: await questionsToParquet(rows),
          extension: 'parquet' as const,
          rows: rows.length,
          counts: countsOfReport(reportQuestions(rows)),
        });
        await writeStreamedShard(context, prepared, shard, make);
        context.heartbeat({ block: shard + 1, blocks: prepared.shards });
      }
    } finally {
      await questions.dispose();
    }
  },
};

async function* corpusShards(context: PrepareContext): AsyncGenerator<CorpusShard> {
  const corpus = await corpusOf(context);
  for (const { shard } of corpus.manifest.shards) {
    const passages = await readPassageShard(context.store, corpus.ref, shard);
    yield { shard, docIds: passages.map(({ docId }) => docId) };
  }
}

function corpusOf(context: PrepareContext) {
  return textsArtifact(context, 'corpus');
}

function imported(context: PrepareContext, name: string): ImportedQuestionsConfig {
  const config = questionsConfig(context, name);
  if (!('import' in config)) throw new Error(`Question set "${name}" is generated, not imported`);
  return config;
}
