import { z } from 'zod';
import type { ArtifactSpec } from '../core/artifacts/artifact.js';
import { readCommit, type PartDraft } from '../core/artifacts/shard-writer.js';
import { pawsxLanguages, type PawsxConfig } from '../core/config/robustness.js';
import { ENGLISH, pawsxCorpus, type PawsxCorpus } from '../core/datasets/pawsx-corpus.js';
import { findPawsxFiles, readPawsx } from '../core/datasets/pawsx.js';
import { sha256Of } from '../core/datasets/read-records.js';
import { passagesToParquet } from '../core/formats/passages.js';
import { pawsxPairsToParquet } from '../core/formats/pawsx.js';
import { queriesToParquet } from '../core/formats/queries.js';
import type { NodeOf } from '../core/stages/graph.js';
import type { PreparedStage } from '../core/stages/run-document.js';
import { preparedRef, writeStreamedShard, type PrepareContext, type StageDefinition } from './context.js';
import { datasetContext } from './ingest.js';

const VERSION = 1;

const DetailSchema = z.object({
  files: z.array(z.object({ file: z.string(), bytes: z.int(), sha256: z.string(), records: z.int() })),
});

/**
 * Turns PAWS-X into shards: its English sentences as a corpus, all sentences as queries (a shard a language), or its
 * pairs (a shard a language). A few megabytes, so they are in memory as a whole.
 */
export const pawsx: StageDefinition<'pawsx'> = {
  version: VERSION,

  async prepare(context, node) {
    const config = pawsxConfig(context);
    const { corpus, files } = await readCorpus(context, config);
    const spec: ArtifactSpec = {
      stage: 'pawsx',
      version: VERSION,
      inputs: Object.fromEntries(files.map(({ language, sha256 }) => [`pairs.${language}`, sha256])),
      options: {
        what: node.what,
        languages: pawsxLanguages(config),
        ...(config.pairs !== undefined && { pairs: config.pairs }),
        ...(node.what === 'corpus' && { shardRows: context.run.experiment.corpus.shardPassages }),
      },
      models: {},
    };
    const detail = {
      files: files.map(({ file, bytes, sha256, records }) => ({ file, bytes, sha256, records })),
    };
    return { spec, units: 1, shards: shardsOf(context, node, corpus).length, detail };
  },

  async run(context, node, prepared) {
    const { corpus } = await readCorpus(context, pawsxConfig(context));
    for (const [shard, make] of shardsOf(context, node, corpus).entries()) {
      if ((await readCommit(context.store, preparedRef(prepared), shard)) !== undefined) continue;
      await writeStreamedShard(context, prepared, shard, make);
      context.heartbeat({ block: shard + 1, blocks: prepared.shards });
    }
  },
};

/** The files that a prepared PAWS-X stage read. */
export function pawsxFiles(prepared: PreparedStage): z.infer<typeof DetailSchema>['files'] {
  return DetailSchema.parse(prepared.detail).files;
}

export function pawsxConfig(context: PrepareContext): PawsxConfig {
  const config = context.run.experiment.robustness?.pawsx;
  if (config === undefined) throw new Error('The experiment does not ask for PAWS-X');
  return config;
}

/** The parts of each shard, in order. */
function shardsOf(
  context: PrepareContext,
  { what }: NodeOf<'pawsx'>,
  { passages, languages }: PawsxCorpus,
): (() => Promise<PartDraft>)[] {
  const part = async (rows: number, bytes: Promise<Uint8Array>): Promise<PartDraft> => {
    return { bytes: await bytes, extension: 'parquet', rows };
  };
  if (what === 'corpus') {
    const { shardPassages } = context.run.experiment.corpus;
    return Array.from({ length: Math.ceil(passages.length / shardPassages) }, (_, shard) => () => {
      const some = passages.slice(shard * shardPassages, (shard + 1) * shardPassages);
      return part(some.length, passagesToParquet(some));
    });
  }
  return [...languages.values()].map(({ pairs, queries }) => () => {
    return what === 'pairs'
      ? part(pairs.length, pawsxPairsToParquet(pairs))
      : part(queries.length, queriesToParquet(queries));
  });
}

async function readCorpus(context: PrepareContext, config: PawsxConfig) {
  const languages = pawsxLanguages(config);
  const rows = await readPawsx(config.folder, languages, datasetContext(context));
  const found = await findPawsxFiles(config.folder, languages, datasetContext(context));
  try {
    const files = [];
    for (const [language, input] of found.files) {
      const { name: file, bytes } = input;
      const records = rows.get(language)?.length ?? 0;
      files.push({ language, file, bytes, sha256: await sha256Of(input), records });
    }
    const limit = Math.min(config.pairs ?? Infinity, rows.get(ENGLISH)?.length ?? 0);
    return { corpus: pawsxCorpus(rows, limit), files };
  } finally {
    await found.close();
  }
}
