import type { StageContext, StageDefinition, StageDefinitions } from '../../activities/context.js';
import { writeStageShard } from '../../activities/context.js';
import { stageDefinitions } from '../../activities/stages.js';
import type { BlockMaker } from '../../core/artifacts/shard-writer.js';
import { hitsToIpc } from '../../core/formats/hits.js';
import { questionsToParquet } from '../../core/formats/questions.js';
import { vectorsToIpc, type VectorBatch } from '../../core/formats/vectors.js';
import type { Question } from '../../core/records.js';
import type { NodeOf, Stage } from '../../core/stages/graph.js';
import { recordingStages } from '../scale/stages.js';
import { drawnHits, drawnVectors } from './drawn.js';

/** Passages and queries that a block of a stand-in holds. */
const BLOCK_ROWS = 1024;

/** What a stand-in needs to know that the experiment does not tell. */
export interface Drawn {
  /** of vectors */
  dimensions: number;
}

/**
 * The stages, those that are not `real` replaced: where a real one reads their output by what looks like it, drawn
 * at random and of the right size, else by records alone.
 */
export function standIns(real: readonly Stage[], { dimensions }: Drawn): StageDefinitions {
  const has = (...stages: Stage[]): boolean => stages.some((stage) => real.includes(stage));
  const stages: StageDefinitions = {
    ...claiming('ingest'),
    ...claiming('pawsx'),
    ...claiming('perturb'),
    ...claiming('import'),
    ...claiming('search'),
    ...claiming('augment'),
    ...claiming('evaluate'),
    ...claiming('robustness'),
    ...claiming('report'),
    ...(has('search', 'augment') ? drawing('encode', vectors(dimensions)) : claiming('encode')),
    ...(has('search', 'augment') ? drawing('accumulate', sums(dimensions)) : claiming('accumulate')),
    ...(has('accumulate') ? drawing('generate', questions) : claiming('generate')),
    ...(has('evaluate') ? drawing('merge', hits) : claiming('merge')),
  };
  const kept = Object.fromEntries(real.map((stage) => [stage, stageDefinitions[stage]]));
  return { ...stages, ...kept };
}

type Definitions<S extends Stage> = { [K in S]: StageDefinition<K> };

/** The stage as the scale benchmark has it: what it commits are records and a few bytes. */
function claiming<S extends Stage>(stage: S): Definitions<S> {
  const claimed = ({ run }: Pick<StageContext, 'run'>): StageDefinition<S> => {
    const { corpus, queries } = run.experiment;
    const claim = {
      passages: corpus.expectedPassages ?? 0,
      queries: queries.expectedQueries ?? 0,
      blocks: 1,
    };
    return recordingStages(claim)[stage] as StageDefinition<S>;
  };
  const definition: StageDefinition<S> = {
    version: stageDefinitions[stage].version,
    prepare: (context, node) => claimed(context).prepare(context, node),
    run: (context, node, prepared, shard) => claimed(context).run(context, node, prepared, shard),
  };
  return { [stage]: definition } as Definitions<S>;
}

/** The stage as it is prepared by its real code, with other blocks. */
function drawing<S extends Stage>(
  stage: S,
  blocks: (context: StageContext, node: NodeOf<S>, shard: number) => BlockMaker,
): Definitions<S> {
  const real = stageDefinitions[stage] as StageDefinition<S>;
  const definition: StageDefinition<S> = {
    version: real.version,
    prepare: (context, node) => real.prepare(context, node),
    run: (context, node, prepared, shard) =>
      writeStageShard(context, prepared, shard, blocks(context, node, shard)),
  };
  return { [stage]: definition } as Definitions<S>;
}

function vectors(dimensions: number) {
  return ({ run }: StageContext, { what }: NodeOf<'encode'>, shard: number): BlockMaker => {
    const ids = what === 'corpus' ? docIdsOf(run, shard) : queryIdsOf(run, shard);
    const idColumn = what === 'corpus' ? 'docId' : 'queryId';
    return blocksOf(ids, (some, block) => {
      const data = drawnVectors(some.length, dimensions, shard * 64 + block);
      const columns = [{ name: 'embedding', data }];
      const batch: VectorBatch = { idColumn, ids: some, dimensions, columns };
      return { bytes: vectorsToIpc(batch, 'float32'), extension: 'arrow' };
    });
  };
}

function sums(dimensions: number) {
  return ({ run }: StageContext, { questions: set }: NodeOf<'accumulate'>, shard: number): BlockMaker => {
    const { languages, perLanguage } = questionSet(run, set);
    return blocksOf(docIdsOf(run, shard), (ids, block) => {
      const columns = languages.map((language, i) => ({
        name: `${language}:${perLanguage}`,
        data: drawnVectors(ids.length, dimensions, shard * 64 + block + 13 * (i + 1)),
      }));
      return {
        bytes: vectorsToIpc({ idColumn: 'docId', ids, dimensions, columns }, 'float32'),
        extension: 'arrow',
      };
    });
  };
}

function questions({ run }: StageContext, { questions: set }: NodeOf<'generate'>, shard: number): BlockMaker {
  const { languages, perLanguage } = questionSet(run, set);
  return blocksOf(docIdsOf(run, shard), async (ids) => {
    const rows = ids.flatMap((docId) =>
      languages.flatMap((lang) =>
        Array.from({ length: perLanguage }, (_, index): Question => {
          const text = `Mistä kappale ${docId} kertoo, ja kuka sen kirjoitti vuonna ${1800 + index}?`;
          return { docId, lang, index, text, end: 'eos' };
        }),
      ),
    );
    return { bytes: await questionsToParquet(rows), extension: 'parquet' };
  });
}

function hits({ run }: StageContext, _node: NodeOf<'merge'>, shard: number): BlockMaker {
  const { corpus, search } = run.experiment;
  const arms = run.arms.map(({ id }) => id);
  const queries = queryIdsOf(run, shard).length;
  return {
    blocks: 1,
    make: () => {
      const drawn = drawnHits({
        arms,
        queries,
        depth: search.depth,
        passages: corpus.expectedPassages ?? 0,
        shardPassages: corpus.shardPassages,
      });
      return Promise.resolve({
        bytes: hitsToIpc(drawn),
        extension: 'arrow' as const,
        rows: drawn.docs.length,
      });
    },
  };
}

function blocksOf(
  ids: readonly string[],
  make: (
    ids: string[],
    block: number,
  ) =>
    | { bytes: Uint8Array; extension: 'arrow' | 'parquet' }
    | Promise<{ bytes: Uint8Array; extension: 'arrow' | 'parquet' }>,
): BlockMaker {
  return {
    blocks: Math.ceil(ids.length / BLOCK_ROWS),
    make: async (block) => {
      const some = ids.slice(block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS);
      return { ...(await make(some, block)), rows: some.length };
    },
  };
}

function questionSet(run: StageContext['run'], name: string) {
  const set = run.experiment.questions[name];
  if (set === undefined) throw new Error(`The experiment has no question set "${name}"`);
  return set;
}

/** Ids as the corpus of the benchmark has them: 1, 2, 3 … */
function docIdsOf({ experiment: { corpus } }: StageContext['run'], shard: number): string[] {
  const first = shard * corpus.shardPassages;
  const count = Math.min(corpus.shardPassages, (corpus.expectedPassages ?? 0) - first);
  return Array.from({ length: count }, (_, row) => String(first + row + 1));
}

function queryIdsOf({ experiment: { queries } }: StageContext['run'], shard: number): string[] {
  const first = shard * queries.shardQueries;
  const count = Math.min(queries.shardQueries, (queries.expectedQueries ?? 0) - first);
  return Array.from({ length: count }, (_, row) => `q${String(first + row).padStart(5, '0')}`);
}
