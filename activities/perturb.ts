import type { ArtifactSpec } from '../core/artifacts/artifact.js';
import type { PartDraft } from '../core/artifacts/shard-writer.js';
import { perturbationGroups, perturbationsOf } from '../core/config/robustness.js';
import { queriesToParquet } from '../core/formats/queries.js';
import { perturbQueries } from '../core/perturbations/perturb-queries.js';
import { perturbationName } from '../core/perturbations/perturb.js';
import type { Query } from '../core/records.js';
import { textsArtifact, writeStageShard, type PrepareContext, type StageDefinition } from './context.js';
import { readQueryShard } from './shard-inputs.js';

const VERSION = 1;

/**
 * Puts errors into queries: a shard for each shard of queries and group of perturbations, with the queries, or a share
 * of them, once for each perturbation of the group.
 */
export const perturb: StageDefinition<'perturb'> = {
  version: VERSION,

  async prepare(context) {
    const queries = await textsArtifact(context, 'queries');
    const { experiment } = context.run;
    const spec: ArtifactSpec = {
      stage: 'perturb',
      version: VERSION,
      inputs: { queries: queries.digest },
      options: {
        perturbations: perturbationsOf(experiment).map(({ kind, rate }) => ({ kind, rate })),
        share: shareOf(context),
        seed: experiment.seed,
        // Word boundaries and cases are those of the Unicode data that Node.js was built with.
        icu: process.versions.icu ?? '-',
      },
      models: {},
    };
    const shards = queries.manifest.shards.length * perturbationGroups(experiment).length;
    return { spec, units: shards, shards };
  },

  async run(context, _node, prepared, shard) {
    const { experiment } = context.run;
    const queries = await textsArtifact(context, 'queries');
    const groups = perturbationGroups(experiment);
    const make = async (): Promise<PartDraft> => {
      const clean = await readQueryShard(context.store, queries.ref, cleanShard(context, shard));
      const rows: Query[] = [];
      const counts: Record<string, number> = {};
      for (const perturbation of groups[shard % groups.length] ?? []) {
        const { queries: perturbed, changed } = perturbQueries(clean, perturbation, {
          ...{ seed: experiment.seed, share: shareOf(context) },
        });
        for (const query of perturbed) rows.push(query);
        counts[`queries.${perturbationName(perturbation)}`] = perturbed.length;
        counts[`changed.${perturbationName(perturbation)}`] = changed;
      }
      return { bytes: await queriesToParquet(rows), extension: 'parquet', rows: rows.length, counts };
    };
    await writeStageShard(context, prepared, shard, { blocks: 1, make });
  },
};

/** The shard of clean queries that a shard of perturbed ones was made of. */
export function cleanShard(context: PrepareContext, shard: number): number {
  return Math.floor(shard / perturbationGroups(context.run.experiment).length);
}

function shareOf(context: PrepareContext): number {
  return context.run.experiment.robustness?.queryShare ?? 1;
}
