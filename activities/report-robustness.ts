import { readShardParts } from '../core/artifacts/stage-artifact.js';
import { pawsxLanguages, perturbationsOf } from '../core/config/robustness.js';
import {
  averageAdversarial,
  outcomeChanges,
  summarizeAdversarial,
  type AdversarialRow,
} from '../core/evaluation/adversarial.js';
import type { QueryMetrics } from '../core/evaluation/evaluate.js';
import { perturbationLoss } from '../core/evaluation/perturbation-loss.js';
import { queryMetricsFromParquet } from '../core/formats/metrics.js';
import { adversarialRowsFromParquet, languagePairsFromJson } from '../core/formats/pawsx.js';
import { perturbationName } from '../core/perturbations/perturb.js';
import { parsePerturbedId } from '../core/perturbations/perturbed-id.js';
import type { PawsxReport, PerturbationReport, RobustnessReport } from '../core/report/robustness-data.js';
import { PAWSX, PERTURBED, type StageNode } from '../core/stages/graph.js';
import { findNode, inputArtifact, textsArtifact, type StageContext } from './context.js';
import { pawsxConfig } from './pawsx.js';

/** The figures of robustness that a run's stages came to. */
export async function gatherRobustness(context: StageContext): Promise<RobustnessReport> {
  const { robustness } = context.run.experiment;
  const perturbations = await gatherPerturbations(context);
  return {
    ...(robustness?.pawsx && { pawsx: await gatherPawsx(context) }),
    ...(perturbations.length > 0 && { perturbations }),
  };
}

async function gatherPawsx(context: StageContext): Promise<PawsxReport> {
  const languages = pawsxLanguages(pawsxConfig(context));
  const report: PawsxReport = {
    languages,
    sentences: (await textsArtifact(context, 'corpus', PAWSX)).manifest.rows,
    encoders: [],
    arms: [],
  };
  for (const node of context.nodes) {
    if (node.stage !== 'robustness') continue;
    const { byLanguage, rows } = await readRobustness(context, node, languages);
    report.encoders.push({ encoder: node.encoder, byLanguage });
    const byId = byArm(rows);
    for (const [arm, own] of byId) {
      const figures = new Map(
        languages.map((lang) => [lang, summarizeAdversarial(own.filter((row) => row.lang === lang))]),
      );
      const alone = byId.get(aloneOf(context, arm) ?? '');
      report.arms.push({
        arm,
        all: averageAdversarial(figures),
        byLanguage: Object.fromEntries(figures),
        ...(alone && { changes: outcomeChanges(alone, own) }),
      });
    }
  }
  const order = new Map(context.run.arms.map(({ id }, position) => [id, position]));
  report.arms.sort((a, b) => (order.get(a.arm) ?? 0) - (order.get(b.arm) ?? 0));
  return report;
}

/** The arm of the encoder alone that an augmented arm is compared with, by the same similarity if there is one. */
function aloneOf({ run }: StageContext, id: string): string | undefined {
  const arm = run.arms.find((one) => one.id === id);
  if (arm?.augmentation === undefined) return undefined;
  const alone = run.arms.filter(({ encoder, augmentation }) => encoder === arm.encoder && !augmentation);
  return (alone.find(({ similarity }) => similarity === arm.similarity) ?? alone[0])?.id;
}

/** Every pair's outcome under every arm; empty where the experiment does not ask for PAWS-X. */
export async function readAdversarialRows(context: StageContext): Promise<AdversarialRow[]> {
  const found: AdversarialRow[] = [];
  for (const node of context.nodes) {
    if (node.stage !== 'robustness') continue;
    const { rows } = await readRobustness(context, node, pawsxLanguages(pawsxConfig(context)));
    for (const row of rows) found.push(row);
  }
  return found;
}

/** Shard i of the stage is language i. */
async function readRobustness(
  context: StageContext,
  node: StageNode,
  languages: readonly string[],
): Promise<{ byLanguage: PawsxReport['encoders'][number]['byLanguage']; rows: AdversarialRow[] }> {
  const { ref } = await inputArtifact(context, node.id);
  const byLanguage: PawsxReport['encoders'][number]['byLanguage'] = {};
  const rows: AdversarialRow[] = [];
  for (const [shard, language] of languages.entries()) {
    for await (const part of readShardParts(context.store, ref, shard))
      rows.push(...(await adversarialRowsFromParquet(part)));
    for await (const part of readShardParts(context.store, ref, shard, 'aside'))
      byLanguage[language] = languagePairsFromJson(part, `${ref.key}, ${language}`);
  }
  return { byLanguage, rows };
}

async function gatherPerturbations(context: StageContext): Promise<PerturbationReport[]> {
  const perturbations = perturbationsOf(context.run.experiment);
  if (perturbations.length === 0) return [];
  const { counts } = (await textsArtifact(context, 'queries', PERTURBED)).manifest;
  const [clean, perturbed] = [await readMetrics(context), await readMetrics(context, PERTURBED)];
  return perturbations.map((perturbation) => {
    const name = perturbationName(perturbation);
    const ownRows = (arm: string) =>
      (perturbed.get(arm) ?? []).filter(({ queryId }) => parsePerturbedId(queryId).perturbation === name);
    return {
      name,
      ...perturbation,
      queries: counts[`queries.${name}`] ?? 0,
      changed: counts[`changed.${name}`] ?? 0,
      arms: context.run.arms.map(({ id }) => {
        return { arm: id, ...perturbationLoss(clean.get(id) ?? [], ownRows(id)) };
      }),
    };
  });
}

/** Arm → metrics of its queries, of all encoders. */
async function readMetrics(context: StageContext, variant?: string): Promise<Map<string, QueryMetrics[]>> {
  const rows: QueryMetrics[] = [];
  for (const encoder of new Set(context.run.arms.map((arm) => arm.encoder))) {
    const node = findNode(context, 'evaluate', (one) => one.encoder === encoder && one.variant === variant);
    const { ref, manifest } = await inputArtifact(context, node.id);
    for (const { shard } of manifest.shards)
      for await (const part of readShardParts(context.store, ref, shard))
        for (const row of await queryMetricsFromParquet(part)) rows.push(row);
  }
  return byArm(rows);
}

function byArm<R extends { arm: string }>(rows: readonly R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const group = groups.get(row.arm);
    if (group) group.push(row);
    else groups.set(row.arm, [row]);
  }
  return groups;
}
