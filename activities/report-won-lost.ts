import { readShardParts } from '../core/artifacts/stage-artifact.js';
import type { QueryMetrics } from '../core/evaluation/evaluate.js';
import { hitsFromIpc } from '../core/formats/hits.js';
import { rankingRows, type RankingRow } from '../core/formats/rankings.js';
import type { Passage, Query } from '../core/records.js';
import type { ReportData } from '../core/report/report-data.js';
import { armsToShow, movedQueries, type MovedQuery } from '../core/report/won-lost.js';
import type { QueryExample, WonLost } from '../core/report/won-lost-data.js';
import { questionSource } from '../core/stages/graph.js';
import { findNode, inputArtifact, type StageContext } from './context.js';
import { judgements } from './evaluate.js';
import { readPassageShard, readQueryShard, readQuestionsByPassage } from './shard-inputs.js';

/** Queries shown of each direction. */
const MOST = 4;
/** Characters of a passage that are shown. */
const EXCERPT = 320;
/** Questions shown of a passage: one of each language first. */
const MOST_QUESTIONS = 8;

/** What the rankings say of a query that is shown. */
interface Seen {
  query: Query;
  before: RankingRow[];
  after: RankingRow[];
}

/** The queries that the best xQG arm won and lost most clearly, with the passages and questions that did it. */
export async function readWonLost(
  context: StageContext,
  data: ReportData,
  rows: ReadonlyMap<string, readonly QueryMetrics[]>,
): Promise<WonLost | undefined> {
  const pair = armsToShow(data);
  if (pair === undefined) return undefined;
  const metric = data.primaryMetric;
  const moved = movedQueries(rows.get(pair.against) ?? [], rows.get(pair.arm) ?? [], metric, MOST);
  const seen = await readRankings(context, pair, [...moved.won, ...moved.lost]);
  const qrels = await judgements(context);
  const show = async (query: MovedQuery, won: boolean): Promise<QueryExample[]> => {
    const found = seen.get(query.queryId);
    if (found === undefined) return [];
    const judged = qrels?.get(query.queryId);
    const relevant = judged && [...judged].filter(([, grade]) => grade > 0).map(([docId]) => docId);
    const first = found.after[0];
    const risen = relevant && found.after.find(({ docId }) => relevant.includes(docId));
    const place = won ? (risen ?? first) : first;
    const passage = place && (await readPassage(context, pair.arm, place));
    const { text, answers } = found.query;
    return [
      {
        ...query,
        text,
        answers: answers.slice(0, 3),
        ...(relevant && {
          rankBefore: rankOf(found.before, relevant),
          rankAfter: rankOf(found.after, relevant),
        }),
        ...(passage && { passage }),
      },
    ];
  };
  const all = async (queries: readonly MovedQuery[], won: boolean): Promise<QueryExample[]> => {
    const shown: QueryExample[] = [];
    for (const query of queries) shown.push(...(await show(query, won)));
    return shown;
  };
  return {
    ...pair,
    metric,
    counts: moved.counts,
    won: await all(moved.won, true),
    lost: await all(moved.lost, false),
  };
}

/** Both arms' rankings of some queries; one shard of rankings in memory at a time. */
async function readRankings(
  context: StageContext,
  { arm, against }: { arm: string; against: string },
  moved: readonly MovedQuery[],
): Promise<Map<string, Seen>> {
  const wanted = new Set(moved.map(({ queryId }) => queryId));
  const encoder = context.run.arms.find(({ id }) => id === arm)?.encoder;
  const merge = findNode(context, 'merge', (node) => node.encoder === encoder && node.variant === undefined);
  const rankings = await inputArtifact(context, merge.id);
  const queries = await inputArtifact(
    context,
    findNode(context, 'ingest', ({ what }) => what === 'queries').id,
  );
  const seen = new Map<string, Seen>();
  for (const { shard } of queries.manifest.shards) {
    if (seen.size === wanted.size) break;
    const rows = await readQueryShard(context.store, queries.ref, shard);
    if (!rows.some(({ queryId }) => wanted.has(queryId))) continue;
    const ids = rows.map(({ queryId }) => queryId);
    for (const query of rows)
      if (wanted.has(query.queryId)) seen.set(query.queryId, { query, before: [], after: [] });
    for await (const part of readShardParts(context.store, rankings.ref, shard)) {
      const hits = hitsFromIpc(part);
      for (const row of rankingRows(hits, against, ids)) seen.get(row.queryId)?.before.push(row);
      for (const row of rankingRows(hits, arm, ids)) seen.get(row.queryId)?.after.push(row);
    }
  }
  return seen;
}

async function readPassage(
  context: StageContext,
  armId: string,
  { docId, shard }: RankingRow,
): Promise<QueryExample['passage']> {
  const corpus = await inputArtifact(
    context,
    findNode(context, 'ingest', ({ what }) => what === 'corpus').id,
  );
  const passages: Passage[] = await readPassageShard(context.store, corpus.ref, shard);
  const passage = passages.find((one) => one.docId === docId);
  if (passage === undefined) return undefined;
  const { title, text } = passage;
  const questions = await readQuestions(context, armId, docId, shard);
  return { docId, title, text: text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text, questions };
}

async function readQuestions(context: StageContext, armId: string, docId: string, shard: number) {
  const augmentation = context.run.arms.find(({ id }) => id === armId)?.augmentation;
  if (augmentation === undefined) return [];
  const source = questionSource(context.run.experiment, augmentation.questions);
  const node = findNode(
    context,
    source,
    ({ questions, variant }) => questions === augmentation.questions && variant === undefined,
  );
  const { ref } = await inputArtifact(context, node.id);
  for await (const { docId: id, questions } of readQuestionsByPassage(context.store, ref, shard)) {
    if (id !== docId) continue;
    return questions
      .filter(
        ({ lang, index, text }) =>
          augmentation.languages.includes(lang) && index < augmentation.perLanguage && text.trim() !== '',
      )
      .toSorted((a, b) => a.index - b.index)
      .slice(0, MOST_QUESTIONS)
      .map(({ lang, text }) => ({ lang, text }));
  }
  return [];
}

/** Rank of the best of the relevant passages. */
function rankOf(rows: readonly RankingRow[], relevant: readonly string[]): number | null {
  return rows.find(({ docId }) => relevant.includes(docId))?.rank ?? null;
}
