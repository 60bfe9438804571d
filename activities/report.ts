import { createRequire } from 'node:module';
import { recordKeys } from '../core/artifacts/artifact.js';
import { jsonBytes, sha256Hex, type Json } from '../core/artifacts/digest.js';
import { readRecord } from '../core/artifacts/records.js';
import { readShardParts } from '../core/artifacts/stage-artifact.js';
import { judgeClaims } from '../core/claims/judge-claims.js';
import { PAWSX_METRICS, pawsxQueryMetrics } from '../core/claims/pawsx-metrics.js';
import { selectArms } from '../core/claims/select-arms.js';
import type { QueryMetrics } from '../core/evaluation/evaluate.js';
import { summarize } from '../core/evaluation/summary.js';
import { queryMetricsFromParquet } from '../core/formats/metrics.js';
import { loadCard } from '../core/models/card.js';
import { localModelFolder } from '../core/models/model-folder.js';
import { analyseRun } from '../core/report/analyse.js';
import { ownValue } from '../core/report/figures.js';
import { renderHtml } from '../core/report/html.js';
import { renderLatex } from '../core/report/latex.js';
import { renderMarkdown } from '../core/report/markdown.js';
import { metricsOf } from '../core/report/metrics-json.js';
import { parseReportData, type Lineage, type ReportData } from '../core/report/report-data.js';
import { statisticsToParquet } from '../core/report/statistics-parquet.js';
import { reportOfCounts } from '../core/stages/question-counts.js';
import {
  runKeys,
  StageRecordSchema,
  writeJson,
  type ReportFiles,
  type StageRecord,
} from '../core/stages/run-document.js';
import { sampledTables } from '../core/statistics/tables.js';
import { inputArtifact, readPrepared, type StageContext, type StageDefinition } from './context.js';
import { heldEncoder, heldGenerator } from './experiment-parts.js';
import { scanDetail } from './ingest.js';
import { pawsxFiles } from './pawsx.js';
import { gatherRobustness, readAdversarialRows } from './report-robustness.js';
import { readExamples } from './report-examples.js';
import { readLeftOut } from './report-left-out.js';
import { readWonLost } from './report-won-lost.js';

/** Gathers the figures of all arms and where they come from, and renders them into the run's folder. */
export const report: StageDefinition<'report'> = {
  version: 1,

  prepare: () => Promise.resolve({ units: 1, shards: 1 }),

  async run(context) {
    const data = await gatherReport(context);
    const { store, run } = context;
    const files = new Map([
      ['report.json', jsonBytes(data as unknown as Json)],
      ['metrics.json', jsonBytes(metricsOf(data) as unknown as Json)],
      ['report.md', new TextEncoder().encode(renderMarkdown(data))],
      ['report.tex', new TextEncoder().encode(renderLatex(data))],
      ['report.html', new TextEncoder().encode(renderHtml(data))],
    ]);
    if (data.statistics !== undefined)
      files.set('statistics.parquet', await statisticsToParquet(data.statistics));
    const record: ReportFiles = { files: [] };
    for (const [name, bytes] of files) {
      await store.put(runKeys.result(run.runId, name), bytes);
      record.files.push({ name, bytes: bytes.length, sha256: sha256Hex(bytes) });
    }
    await writeJson(store, runKeys.reportFiles(run.runId), record);
  },
};

async function gatherReport(context: StageContext): Promise<ReportData> {
  const { run } = context;
  const { experiment } = run;
  const rows = await readQueryMetrics(context);
  const summaries = new Map([...rows].map(([arm, ofArm]) => [arm, summarize(ofArm)]));
  const first = summaries.values().next().value;
  if (first === undefined) throw new Error('There are no arms to report');
  const languages = Object.keys(first.queries.byLanguage);
  const [firstMetric = 'ndcg@10'] = experiment.evaluate.metrics;
  const primaryMetric = experiment.report.metric ?? firstMetric;
  const data = {
    title: experiment.report.title ?? experiment.name,
    runId: run.runId,
    createdAt: run.createdAt,
    experimentName: experiment.name,
    ...(experiment.description !== undefined && { description: experiment.description }),
    command: `xqg run ${run.experimentFile} --store ${context.store.uri}`,
    primaryMetric,
    metrics: experiment.evaluate.metrics,
    languages,
    queries: first.queries,
    passages: (await inputArtifact(context, 'ingest.corpus')).manifest.rows,
    arms: run.arms.flatMap((arm) => {
      const summary = summaries.get(arm.id);
      return summary === undefined ? [] : [{ arm, results: summary.metrics }];
    }),
    ...(await testedArms(context, [...rows.values()].flat(), primaryMetric)),
    questions: await questionSets(context),
    published: publishedFigures(context),
    lineage: await lineageOf(context),
    quarantined: await quarantinedRecords(context),
    ...(experiment.robustness && { robustness: await gatherRobustness(context) }),
    leftOut: await readLeftOut(context),
  };
  const complete = parseReportData(data, 'the stages of this run');
  const wonLost = await readWonLost(context, complete, rows);
  return wonLost === undefined ? complete : { ...complete, wonLost };
}

/** The metrics of single queries, by arm. */
async function readQueryMetrics(context: StageContext): Promise<Map<string, QueryMetrics[]>> {
  const byArm = new Map<string, QueryMetrics[]>();
  for (const node of context.nodes) {
    if (node.stage !== 'evaluate' || node.variant !== undefined) continue;
    const { ref, manifest } = await inputArtifact(context, node.id);
    for (const { shard } of manifest.shards) {
      for await (const part of readShardParts(context.store, ref, shard)) {
        for (const row of await queryMetricsFromParquet(part)) {
          const rows = byArm.get(row.arm) ?? [];
          rows.push(row);
          byArm.set(row.arm, rows);
        }
      }
    }
  }
  return byArm;
}

/** Intervals, tests and claims. */
async function testedArms(
  context: StageContext,
  rows: readonly QueryMetrics[],
  primaryMetric: string,
): Promise<Pick<ReportData, 'statistics' | 'claims'>> {
  const { run } = context;
  const { experiment } = run;
  const { evaluate, statistics, seed, questions: sets, claims } = experiment;
  const measured = new Set(rows.map(({ arm }) => arm));
  const arms = run.arms.filter(({ id }) => measured.has(id));
  const { resamples, baseline: selector } = statistics;
  const pawsx = pawsxQueryMetrics(await readAdversarialRows(context));
  const tables = new Map([
    ...(await sampledTables(rows, evaluate.metrics, { resamples, seed })),
    ...(pawsx.length > 0 ? await sampledTables(pawsx, PAWSX_METRICS, { resamples, seed }) : []),
  ]);
  const baseline = selector === 'encoder' ? undefined : selectArms(arms, selector, sets)[0];
  return {
    statistics: await analyseRun(tables, arms, { statistics, seed, ...(baseline && { baseline }) }),
    claims: judgeClaims(claims, { tables, arms, sets, statistics, seed, primaryMetric }),
  };
}

/** Published figures, of the arms that they are said to belong to. */
function publishedFigures({ run }: StageContext): NonNullable<ReportData['published']> {
  const { published, questions } = run.experiment;
  return published.flatMap(({ source, arm: selector, metric, average, byLanguage }) => {
    // More than one cannot be: the experiment was checked when it was read.
    const [arm] = selectArms(run.arms, selector, questions);
    if (arm === undefined) return [];
    const own = Object.entries(byLanguage).map(([language, shown]) => [language, ownValue(metric, shown)]);
    return {
      source,
      arm: arm.id,
      metric,
      ...(average !== undefined && { average: ownValue(metric, average) }),
      byLanguage: Object.fromEntries(own) as Record<string, number>,
    };
  });
}

async function questionSets(context: StageContext): Promise<ReportData['questions']> {
  const sets: ReportData['questions'] = [];
  for (const node of context.nodes) {
    if ((node.stage !== 'generate' && node.stage !== 'import') || node.variant !== undefined) continue;
    const { ref, manifest } = await inputArtifact(context, node.id);
    sets.push({
      name: node.questions,
      report: reportOfCounts(manifest.counts),
      examples: await readExamples(context, ref),
    });
  }
  return sets;
}

async function lineageOf(context: StageContext): Promise<Lineage> {
  const { store, run, nodes } = context;
  const records = await Promise.all(
    nodes.map(async (node) => ({
      node,
      record: await readRecord<StageRecord>(store, runKeys.stage(run.runId, node.id), StageRecordSchema),
    })),
  );
  const stages = records.flatMap(({ node, record }) => {
    if (record === undefined) return [];
    const { stage, key, shards, rows, bytes, seconds, reused } = record;
    return [{ stage, name: node.id.slice(node.stage.length + 1), key, shards, rows, bytes, seconds, reused }];
  });
  const data = [];
  for (const { id, stage } of nodes) {
    if (stage !== 'ingest' && id !== 'pawsx.corpus') continue;
    const prepared = await readPrepared(store, run.runId, id);
    const { files } = stage === 'ingest' ? scanDetail(prepared) : { files: pawsxFiles(prepared) };
    data.push(...files.map(({ file, bytes, sha256, records: rows }) => ({ uri: file, bytes, sha256, rows })));
  }
  return {
    stages,
    models: await modelsOf(context),
    data,
    options: run.experiment,
    versions: { xqg: run.xqgVersion, node: process.version, onnxruntime: onnxRuntimeVersion() },
  };
}

async function modelsOf(context: StageContext): Promise<Lineage['models']> {
  const { encoders, generators } = context.run.experiment;
  const models: Lineage['models'] = [];
  const cardName = async (uri: string): Promise<string> =>
    (await loadCard(await localModelFolder(uri, { openStore: context.openStore }))).name;
  for (const [name, { model }] of Object.entries(encoders)) {
    const { digest } = await heldEncoder(context, name);
    models.push({ name, uri: model, digest, card: await cardName(model) });
  }
  for (const [name, generator] of Object.entries(generators)) {
    if (generator.kind === 'openai') {
      models.push({ name, uri: generator.baseUrl, digest: '-', card: generator.model });
      continue;
    }
    const { digest } = await heldGenerator(context, generator);
    models.push({ name, uri: generator.model, digest, card: await cardName(generator.model) });
  }
  return models;
}

async function quarantinedRecords(context: StageContext): Promise<NonNullable<ReportData['quarantined']>> {
  const quarantined: NonNullable<ReportData['quarantined']> = [];
  for (const { id, stage } of context.nodes) {
    if (stage !== 'ingest') continue;
    const { skipped, repeated } = scanDetail(await readPrepared(context.store, context.run.runId, id));
    const records = skipped.length - repeated;
    if (records === 0) continue;
    const { ref } = await inputArtifact(context, id);
    const uri = `${context.store.uri}/${recordKeys.quarantine(ref)}`;
    quarantined.push({ source: id, records, uri });
  }
  return quarantined;
}

function onnxRuntimeVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('onnxruntime-node/package.json') as { version: string }).version;
}
