import type { Experiment } from '../config/experiment.js';
import { pawsxArms, pawsxLanguages, perturbationGroups, perturbationsOf } from '../config/robustness.js';
import { neededSums } from '../config/needed-sums.js';
import type { Arm } from '../retrieval/arms.js';
import { PAWSX, PERTURBED, type StageNode } from '../stages/graph.js';

/** The counts that sizes follow from. */
export interface PlanSizes {
  experiment: Experiment;
  arms: readonly Arm[];
  passages: number;
  queries: number;
  /** Rows of PAWS-X in each language; 0 when the experiment does not ask for it. */
  pawsxPairs: number;
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
  /** of one outcome of PAWS-X, gzipped in Parquet */
  outcome: 16,
} as const;

/** Rows of each of PAWS-X's evaluation files, where they are not at hand. */
export const PAWSX_PAIRS = 2000;

/** The texts that a stage goes back to. */
function textCounts(node: StageNode, { experiment, passages, queries, pawsxPairs }: PlanSizes) {
  const { corpus, queries: ofQueries, robustness } = experiment;
  if (node.variant === PAWSX && robustness?.pawsx !== undefined) {
    const languages = pawsxLanguages(robustness.pawsx).length;
    return {
      passages: 2 * pawsxPairs,
      queries: 2 * pawsxPairs * languages,
      passageShards: Math.ceil((2 * pawsxPairs) / corpus.shardPassages),
      queryShards: languages,
    };
  }
  const perturbed = node.variant === PERTURBED;
  const copies = perturbed ? (robustness?.queryShare ?? 1) * perturbationsOf(experiment).length : 1;
  const groups = perturbed ? perturbationGroups(experiment).length : 1;
  return {
    passages,
    queries: Math.ceil(queries * copies),
    passageShards: Math.ceil(passages / corpus.shardPassages),
    queryShards: Math.ceil(queries / ofQueries.shardQueries) * groups,
  };
}

/** Size of a stage's output and of its work, from counts alone. */
export function stageSize(node: StageNode, planned: PlanSizes): StageSize {
  const { experiment } = planned;
  const { passages, queries, passageShards, queryShards } = textCounts(node, planned);
  const sizes = { ...planned, passages, queries };
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
    case 'pawsx': {
      const [rows, shards] =
        node.what === 'corpus'
          ? [passages, passageShards]
          : [node.what === 'queries' ? queries : queries / 2, queryShards];
      return { shards, activities: 1, rows, bytes: rows * BYTES.query, work: rows };
    }
    case 'perturb':
      return {
        shards: queryShards,
        activities: queryShards,
        rows: queries,
        bytes: queries * BYTES.query,
        work: queries,
      };
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
    case 'robustness': {
      const measured = pawsxArms(experiment, sizes.arms).filter(({ encoder }) => encoder === node.encoder);
      const rows = (queries / 2) * measured.length;
      return { shards: queryShards, activities: queryShards, rows, bytes: rows * BYTES.outcome, work: rows };
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
