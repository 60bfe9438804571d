import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { LoadedExperiment } from '../config/load-experiment.js';
import { locationsOf, resolveLocation, schemeOf } from '../config/locations.js';
import type { DatasetContext, Files } from '../datasets/context.js';
import { scanPassages } from '../datasets/passages.js';
import { scanQueries } from '../datasets/queries.js';
import { loadEncoderCard } from '../models/card.js';
import type { Arm } from '../retrieval/arms.js';

/** What a plan needs to know beyond the experiment file; what is absent is assumed, and the plan says so. */
export interface PlanFacts {
  passages?: number;
  queries?: number;
  /** By name; encoders whose folder is not at hand are absent. */
  encoders?: ReadonlyMap<string, { dimensions: number; similarity: Arm['similarity'] }>;
}

/**
 * Looks at what is at hand: `expectedPassages` and `expectedQueries` count without reading; else local files
 * are read through (and checked); model cards in local folders tell dimensions and similarity.
 * @throws InvalidInputError for bad records, and for model folders that are there and wrong
 */
export async function gatherFacts({ experiment, baseDir }: LoadedExperiment): Promise<PlanFacts> {
  const { corpus, queries } = experiment;
  const context: DatasetContext = { baseDir, openStore: refuseStore, tempDir: tmpdir() };
  const passages =
    corpus.expectedPassages ??
    (isLocal(corpus.files) ? (await scanPassages(corpus, context)).rows : undefined);
  const queryCount =
    queries.expectedQueries ??
    (isLocal(queries.files) && isLocal(queries.answersFrom ?? [])
      ? (await scanQueries(queries, context)).rows
      : undefined);
  const encoders = new Map<string, { dimensions: number; similarity: Arm['similarity'] }>();
  for (const [name, { model }] of Object.entries(experiment.encoders)) {
    const folder = resolveLocation(model, baseDir);
    if (!isLocal(model) || !existsSync(folder)) continue;
    const { dimensions, similarity } = await loadEncoderCard(folder);
    encoders.set(name, { dimensions, similarity });
  }
  return {
    ...(passages !== undefined && { passages }),
    ...(queryCount !== undefined && { queries: queryCount }),
    encoders,
  };
}

function isLocal(files: Files): boolean {
  return locationsOf(files).every((location) => [undefined, 'file'].includes(schemeOf(location)));
}

function refuseStore(uri: string): Promise<never> {
  return Promise.reject(new Error(`A plan reads local files only, not ${uri}`));
}
