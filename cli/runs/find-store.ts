import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LoadedExperiment } from '../../core/config/load-experiment.js';
import { resolveLocation } from '../../core/config/locations.js';
import { InvalidInputError } from '../../core/errors.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { temporalTarget } from '../../infra/temporal-connection.js';
import { connectTo } from './connect.js';

/** Where stores of experiments in this checkout lie when nobody says otherwise. */
const usualFolders = ['.xqg', 'examples/.xqg'];

/**
 * The store of a run: the one given, else the one that Temporal remembers for it, else `.xqg` in this folder.
 * @throws InvalidInputError when none of these is to be had
 */
export async function findStore(given: string | undefined, runId?: string): Promise<Store> {
  if (given !== undefined) return openStore(given);
  const remembered = runId === undefined ? undefined : await storeByTemporal(runId);
  if (remembered !== undefined) return openStore(remembered);
  const folder = usualFolders.map((name) => resolve(name)).find((path) => existsSync(path));
  if (folder !== undefined) return openStore(folder);
  throw new InvalidInputError(
    'Looking for the store: neither --store nor XQG_STORE is given, Temporal knows no such run, and there is no .xqg in this folder',
  );
}

/** Where an experiment's runs keep their results: the store given, else its own, else `.xqg` beside its file. */
export function storeUriOf({ experiment, baseDir }: LoadedExperiment, given: string | undefined): string {
  const uri = given ?? resolveLocation(experiment.store ?? join(baseDir, '.xqg'), baseDir);
  return uri.includes('://') ? uri : resolve(uri);
}

async function storeByTemporal(runId: string): Promise<string | undefined> {
  const target = temporalTarget();
  // Without a word on where Temporal is, asking a server that is most likely not there would only take time.
  if (target.connectionOptions.address === undefined) return undefined;
  const client = await connectTo(target);
  try {
    return await client.storeUri(runId);
  } finally {
    await client.close();
  }
}
