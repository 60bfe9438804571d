import { stageGraph, type StageNode } from '../core/stages/graph.js';
import { readRunDocument, type RunDocument } from '../core/stages/run-document.js';
import type { Store } from '../core/store/store.js';

interface LoadedRun {
  run: RunDocument;
  nodes: StageNode[];
}

/** Runs whose documents a worker keeps; it may live for months of nightlies. */
const MOST = 64;

/** A run's document never changes once it is written, so a worker reads it once. */
const loaded = new WeakMap<Store, Map<string, Promise<LoadedRun>>>();

export async function loadRun(store: Store, runId: string): Promise<LoadedRun> {
  const runs = loaded.get(store) ?? new Map<string, Promise<LoadedRun>>();
  loaded.set(store, runs);
  let promise = runs.get(runId);
  if (promise === undefined) {
    promise = readRunDocument(store, runId).then((run) => ({
      run,
      nodes: stageGraph(run.experiment, run.arms, run.exported),
    }));
    runs.set(runId, promise);
    promise.catch(() => runs.delete(runId));
    const [oldest] = runs.keys();
    if (runs.size > MOST && oldest !== undefined) runs.delete(oldest);
  }
  return promise;
}
