import type { Experiment } from '../config/experiment.js';
import { neededSums } from '../config/needed-sums.js';
import type { Arm } from '../retrieval/arms.js';
import type { StageNode } from '../stages/graph.js';

/** The counts that sizes follow from. */
export interface PlanSizes {
  experiment: Experiment;
  arms: readonly Arm[];
  passages: number;
  queries: number;
  dimensionsOf(encoder: string): number;
}

export interface StageSize {
  shards: number;
  activities: number;
  rows: number;
  bytes: number;
  /** In units of the rate that the stage goes by. */
  work: number;
}

/** Bytes in the store where they do not follow from types alone; stated by every plan. */
export const BYTES = {
  /** of a passage of about 100 words, gzipped in Parquet */
  passage: 300,
  /** of a query with its answers, gzipped in Parquet */
  query: 100,
  /** of a generated question with docId, language and index, gzipped in Parquet */
  question: 60,
  /** of a row's docId in Arrow */
  id: 14,
  /** of one entry of a ranking: docId and score */
  hit: 18,
} as const;

/** Size of a stage's output and of its work, from counts alone. */
export function stageSize(node: StageNode, sizes: PlanSizes): StageSize {
  const { experiment, passages, queries } = sizes;
  const passageShards = Math.ceil(passages / experiment.corpus.shardPassages);
  const queryShards = Math.ceil(queries / experiment.queries.shardQueries);
  switch (node.stage) {
    case 'ingest': {
      const ofCorpus = node.what === 'corpus';
      const rows = ofCorpus ? passages : queries;
      const shards = ofCorpus ? passageShards : queryShards;
      // One activity streams all files; before it, preparing the stage reads them once to check every record.
      return {
        shards,
        activities: 1,
        rows,
        bytes: rows * (ofCorpus ? BYTES.passage : BYTES.query),
        work: 2 * rows,
      };
    }
    case 'encode': {
      const rows = node.what === 'corpus' ? passages : queries;
      const shards = node.what === 'corpus' ? passageShards : queryShards;
      return { shards, activities: shards, rows, bytes: rows * vectorBytes(node.encoder, sizes), work: rows };
    }
    case 'generate': {
      const rows = passages * questionsPerPassage(experiment, node.questions);
      return {
        shards: passageShards,
        activities: passageShards,
        rows,
        bytes: rows * BYTES.question,
        work: rows,
      };
    }
    case 'import': {
      const rows = passages * questionsPerPassage(experiment, node.questions);
      return { shards: passageShards, activities: 1, rows, bytes: rows * BYTES.question, work: rows };
    }
    case 'accumulate': {
      const bytes =
        BYTES.id + sumColumns(node.encoder, node.questions, sizes) * sizes.dimensionsOf(node.encoder) * 4;
      const work = passages * questionsPerPassage(experiment, node.questions);
      return {
        shards: passageShards,
        activities: passageShards,
        rows: passages,
        bytes: passages * bytes,
        work,
      };
    }
    case 'search': {
      const groups = Math.ceil(passageShards / experiment.search.passageShards);
      const shards = groups * queryShards;
      const rows = groups * rankingsOf(node.encoder, sizes) * experiment.search.depth;
      return {
        shards,
        activities: shards,
        rows,
        bytes: rows * BYTES.hit,
        work: multiplyAdds(node.encoder, sizes),
      };
    }
    case 'merge': {
      const groups = Math.ceil(passageShards / experiment.search.passageShards);
      const rows = rankingsOf(node.encoder, sizes) * Math.min(experiment.search.depth, passages);
      return {
        shards: queryShards,
        activities: queryShards,
        rows,
        bytes: rows * BYTES.hit,
        work: rows * groups,
      };
    }
    case 'evaluate': {
      const rows = rankingsOf(node.encoder, sizes);
      const bytes = rows * experiment.evaluate.metrics.length * 8;
      return { shards: queryShards, activities: queryShards, rows, bytes, work: rows };
    }
    case 'augment':
      return {
        shards: passageShards,
        activities: passageShards,
        rows: passages,
        bytes: passages * vectorBytes(node.encoder, sizes),
        work: passages,
      };
    case 'report':
      return { shards: 1, activities: 1, rows: sizes.arms.length, bytes: 1_000_000, work: 1 };
  }
}

function vectorBytes(encoder: string, { experiment, dimensionsOf }: PlanSizes): number {
  const perValue = experiment.encoders[encoder]?.precision === 'float16' ? 2 : 4;
  return BYTES.id + dimensionsOf(encoder) * perValue;
}

function questionsPerPassage({ questions }: Experiment, set: string): number {
  const { languages = [], perLanguage = 0 } = questions[set] ?? {};
  return languages.length * perLanguage;
}

/** Columns of the sums that are kept of a question set for the encoder's arms. */
function sumColumns(encoder: string, set: string, { arms, experiment }: PlanSizes): number {
  const ofEncoder = arms.filter((arm) => arm.encoder === encoder);
  return neededSums(ofEncoder, experiment.questions).get(set)?.length ?? 0;
}

function rankingsOf(encoder: string, { arms, queries }: PlanSizes): number {
  return queries * arms.filter((arm) => arm.encoder === encoder).length;
}

/** One product for the passages' own vectors and one for each column of sums; arms are combinations of these. */
function multiplyAdds(encoder: string, sizes: PlanSizes): number {
  const { arms, experiment, passages, queries, dimensionsOf } = sizes;
  const ofEncoder = arms.filter((arm) => arm.encoder === encoder);
  const sets = neededSums(ofEncoder, experiment.questions).keys();
  const columns = [...sets].reduce((sum, set) => sum + sumColumns(encoder, set, sizes), 1);
  return passages * queries * dimensionsOf(encoder) * columns;
}
