import { sentenceIds, type PawsxPair } from '../datasets/pawsx-corpus.js';
import type { VectorBatch } from '../formats/vectors.js';
import type { Arm } from '../retrieval/arms.js';
import { scoreArms, type ArmScoreOptions, type ScoredShard } from '../retrieval/arm-scores.js';
import type { EncodedQueries } from '../retrieval/score-plan.js';
import { pessimisticRank, type AdversarialRow } from './adversarial.js';
import { classifyPairs, type PairClassification, type PairVectors } from './pair-classification.js';

/** A language's pairs and the vectors of their sentences as queries: sentence 1, sentence 2, sentence 1, … */
export interface EncodedPairs {
  pairs: readonly PawsxPair[];
  /** 2 × pairs × dimensions */
  data: Float32Array;
  dimensions: number;
}

/**
 * The pairs with the vectors of their sentences. Pairs whose sentences have none, because the encoder failed at them,
 * are left out.
 * @param vectors of queries `LANG-PAIR-1` and `LANG-PAIR-2`, in any order
 */
export function pairsWithVectors(all: readonly PawsxPair[], vectors: VectorBatch): EncodedPairs {
  const { dimensions, ids, columns } = vectors;
  const rows = new Map(ids.map((id, row) => [id, row]));
  const source = columns[0]?.data ?? new Float32Array();
  const found = all.flatMap((pair) => {
    const [first, second] = sentenceIds(pair).map((id) => rows.get(id));
    return first === undefined || second === undefined ? [] : [{ pair, places: [first, second] }];
  });
  const data = new Float32Array(2 * found.length * dimensions);
  found
    .flatMap(({ places }) => places)
    .forEach((row, to) => {
      data.set(source.subarray(row * dimensions, (row + 1) * dimensions), to * dimensions);
    });
  return { pairs: found.map(({ pair }) => pair), data, dimensions };
}

/** How well an encoder alone tells paraphrases from adversarial pairs. */
export interface LanguagePairs {
  /** Both sentences in the language. */
  pairs: PairClassification;
  /** Sentence 1 in the language, sentence 2 in English; labels of the language. */
  crossPairs: PairClassification;
}

/** Compares the sentences of each pair, in the language and across. Pairs belong together by id. */
export function comparePairs(own: EncodedPairs, english: EncodedPairs): LanguagePairs {
  const all = own.pairs.map((_, row) => row);
  const englishRows = new Map(english.pairs.map(({ pairId }, row) => [pairId, row]));
  const shared = own.pairs.flatMap(({ pairId }, row) => {
    const there = englishRows.get(pairId);
    return there === undefined ? [] : [{ row, there }];
  });
  const here = shared.map(({ row }) => row);
  const there = shared.map((pair) => pair.there);
  const labels = (rows: readonly number[]) => rows.map((row) => own.pairs[row]?.label ?? 0);
  return {
    pairs: classifyPairs(side(own, all, 0), side(own, all, 1), labels(all)),
    crossPairs: classifyPairs(side(own, here, 0), side(english, there, 1), labels(here)),
  };
}

/**
 * Each pair's outcome under every arm: sentence 1 in the language searches the English sentences. Pairs that English
 * lacks are left out.
 * @param own pairs of one language; a few hundred at a time, see {@link scoreArms}
 * @param corpus the English sentences
 */
export async function adversarialRows(
  arms: readonly Arm[],
  own: EncodedPairs,
  corpus: readonly ScoredShard[],
  options: ArmScoreOptions,
): Promise<AdversarialRow[]> {
  const docIds = corpus.flatMap(({ passages }) => passages.ids);
  const positions = new Map(docIds.map((docId, position) => [docId, position]));
  const known = own.pairs.flatMap(({ englishLabel, docId1, docId2, ...pair }, row) => {
    const [trueAt, otherAt] = [positions.get(docId1 ?? ''), positions.get(docId2 ?? '')];
    if (englishLabel === null || trueAt === undefined || otherAt === undefined) return [];
    return [{ ...pair, row, label: englishLabel, pairLabel: pair.label, trueAt, otherAt }];
  });
  if (known.length === 0) return [];
  const { data, dimensions } = side(
    own,
    known.map(({ row }) => row),
    0,
  );
  const queries: EncodedQueries = { ids: known.map(({ pairId }) => pairId), data, dimensions };
  const scores = await scoreArms(arms, queries, corpus, options);
  return arms.flatMap(({ id: arm }, i) =>
    known.map(({ pairId, lang, label, pairLabel, trueAt, otherAt }, query): AdversarialRow => {
      const own = scores[i]?.subarray(query * docIds.length, (query + 1) * docIds.length) ?? [];
      return {
        arm,
        lang,
        pairId,
        label,
        pairLabel,
        trueScore: own[trueAt] ?? 0,
        otherScore: own[otherAt] ?? 0,
        rank: pessimisticRank(own, label === 1 ? [trueAt, otherAt] : [trueAt]),
      };
    }),
  );
}

/** Some of a language's pairs, from `start` on. */
export function slicePairs(
  { pairs, data, dimensions }: EncodedPairs,
  start: number,
  count: number,
): EncodedPairs {
  return {
    pairs: pairs.slice(start, start + count),
    data: data.subarray(2 * start * dimensions, 2 * (start + count) * dimensions),
    dimensions,
  };
}

/** Vectors of sentence 1 (side 0) or sentence 2 (side 1) of some pairs. */
function side({ data, dimensions }: EncodedPairs, rows: readonly number[], which: 0 | 1): PairVectors {
  const vectors = new Float32Array(rows.length * dimensions);
  rows.forEach((row, to) => {
    const from = (2 * row + which) * dimensions;
    vectors.set(data.subarray(from, from + dimensions), to * dimensions);
  });
  return { data: vectors, dimensions };
}
