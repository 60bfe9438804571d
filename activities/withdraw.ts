import { locateObject, recordKeys } from '../core/artifacts/artifact.js';
import { withdrawShard } from '../core/artifacts/stage-artifact.js';
import type { StageContext } from './context.js';

/**
 * Takes back what a damaged or missing object stands for, so that the stage that made it finds work to do: the
 * commit of the shard that it belongs to, a manifest, or the record of a finished stage.
 */
export async function withdrawDamaged({ store, log }: StageContext, uri: string): Promise<void> {
  if (!uri.startsWith(`${store.uri}/`)) return;
  const key = uri.slice(store.uri.length + 1);
  const object = locateObject(key);
  if (object?.shard !== undefined) await withdrawShard(store, object.ref, object.shard);
  else if (object?.kind === 'manifest') await store.delete(recordKeys.manifest(object.ref));
  else if (key.startsWith('runs/') && key.endsWith('/done.json')) await store.delete(key);
  // What a stage is prepared to do is written anew by the stage itself.
  else if (!key.endsWith('/prepared.json')) return;
  log.warn({ uri }, 'a damaged object was withdrawn and will be made again');
}
