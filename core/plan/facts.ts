import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { LoadedExperiment } from '../config/load-experiment.js';
import { locationsOf, resolveLocation, schemeOf } from '../config/locations.js';
import type { DatasetContext, Files } from '../datasets/context.js';
import { ENGLISH } from '../datasets/pawsx-corpus.js';
import { readPawsx } from '../datasets/pawsx.js';
import { scanPassages } from '../datasets/passages.js';
import { scanQueries } from '../datasets/queries.js';
import { loadEncoderCard } from '../models/card.js';
import { localModelFolder } from '../models/model-folder.js';
import type { Arm } from '../retrieval/arms.js';
import type { Store } from '../store/store.js';

/** What a plan needs to know beyond the experiment file; what is absent is assumed, and the plan says so. */
export interface PlanFacts {
  passages?: number;
  queries?: number;
  /** Rows of PAWS-X's English file. */
  pawsxPairs?: number;
  /** By name; encoders whose folder is not at hand are absent. */
  encoders?: ReadonlyMap<string, { dimensions: number; similarity: Arm['similarity'] }>;
}

/** Encoders by name, as their cards describe them. */
export type EncoderFacts = NonNullable<PlanFacts['encoders']>;

/**
 * Looks at what is at hand: `expectedPassages` and `expectedQueries` count without reading; else local files
 * are read through (and checked); model cards in local folders tell dimensions and similarity.
 *
 * @param known what has been found out already
 * @throws InvalidInputError for bad records, and for model folders that are there and wrong
 */
export async function gatherFacts(loaded: LoadedExperiment, known: PlanFacts = {}): Promise<PlanFacts> {
  const { experiment, baseDir } = loaded;
  const { corpus, queries } = experiment;
  const pawsx = experiment.robustness?.pawsx;
  const context: DatasetContext = { baseDir, openStore: refuseStore, tempDir: tmpdir() };
  const passages =
    known.passages ??
    corpus.expectedPassages ??
    (isLocal(corpus.files) ? (await scanPassages(corpus, context)).rows : undefined);
  const queryCount =
    known.queries ??
    queries.expectedQueries ??
    (isLocal(queries.files) && isLocal(queries.answersFrom ?? [])
      ? (await scanQueries(queries, context)).rows
      : undefined);
  const pawsxFolder = pawsx && resolveLocation(pawsx.folder, baseDir);
  const pawsxRows =
    pawsxFolder !== undefined && isLocal(pawsxFolder) && existsSync(pawsxFolder)
      ? (await readPawsx(pawsxFolder, [ENGLISH])).get(ENGLISH)
      : undefined;
  return {
    ...(passages !== undefined && { passages }),
    ...(queryCount !== undefined && { queries: queryCount }),
    ...(pawsxRows && { pawsxPairs: pawsxRows.length }),
    encoders: known.encoders ?? (await encoderFacts(loaded)),
  };
}

/**
 * The cards of encoders in local folders; with `openStore`, of those elsewhere too.
 * @throws InvalidInputError for model folders that are there and wrong
 */
export async function encoderFacts(
  { experiment, baseDir }: LoadedExperiment,
  openStore?: (uri: string) => Promise<Store>,
): Promise<EncoderFacts> {
  const encoders = new Map<string, { dimensions: number; similarity: Arm['similarity'] }>();
  for (const [name, { model }] of Object.entries(experiment.encoders)) {
    const location = resolveLocation(model, baseDir);
    const local = isLocal(model);
    if (local ? !existsSync(location) : openStore === undefined) continue;
    const folder = await localModelFolder(location, { ...(openStore && { openStore }) });
    const { dimensions, similarity } = await loadEncoderCard(folder);
    encoders.set(name, { dimensions, similarity });
  }
  return encoders;
}

function isLocal(files: Files): boolean {
  return locationsOf(files).every((location) => [undefined, 'file'].includes(schemeOf(location)));
}

function refuseStore(uri: string): Promise<never> {
  return Promise.reject(new Error(`A plan reads local files only, not ${uri}`));
}
