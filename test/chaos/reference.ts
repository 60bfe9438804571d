import { setTimeout as delay } from 'node:timers/promises';
import { artifactPrefix } from '../../core/artifacts/artifact.js';
import { artifactDigests } from '../workflows/artifact-files.js';
import type { Arena } from './arena.js';
import { readCalls } from './calls.js';
import type { ChaosRun } from './chaos-run.js';
import { figuresOf, judge, type Reference, type StageFacts } from './verdict.js';

const LIMIT_SECONDS = 600;
const LOOK_EVERY_MS = 20;

/** Runs the experiment undisturbed: what it leaves and takes is what disturbed runs are compared with. */
export async function makeReference(arena: Arena): Promise<Reference> {
  const run = await arena.startRun('undisturbed', 's3');
  try {
    const timings = await watchStages(run);
    const { runId, store } = run;
    const { callLog } = run.equipment;
    const digests = await artifactDigests(store);
    const stages = new Map<string, StageFacts>();
    for (const [id, timing] of timings) {
      const artifact = await run.artifactOf(id);
      const prefix = artifact && `${artifactPrefix(artifact)}/`;
      const objects = Object.keys(digests).filter((key) => key.startsWith(prefix ?? '/')).length;
      stages.set(id, { ...timing, objects, ...(prefix !== undefined && { prefix }) });
    }
    const reference: Reference = {
      nodes: [...stages.keys()].map((id) => run.node(id)),
      stages,
      digests,
      figures: await figuresOf(store, runId),
      calls: (await readCalls(callLog)).length,
    };
    // It has to pass its own test, and to have computed each block once.
    await judge({ runId, store, callLog, damaged: new Set() }, reference);
    const blocks = new Set((await readCalls(callLog)).map(({ block }) => block));
    if (blocks.size !== reference.calls)
      throw new Error(`An undisturbed run made ${reference.calls} calls for ${blocks.size} blocks`);
    return reference;
  } finally {
    await run.stop();
  }
}

/** When each stage was due, and how long it took; in the order in which they became due. */
async function watchStages(run: ChaosRun): Promise<Map<string, { dueSeconds: number; seconds: number }>> {
  const start = performance.now();
  const now = (): number => (performance.now() - start) / 1000;
  const due = new Map<string, number>();
  const done = new Map<string, number>();
  for (; now() < LIMIT_SECONDS; await delay(LOOK_EVERY_MS)) {
    const standing = await run.standing();
    for (const { id } of run.nodes) {
      if (!due.has(id) && run.isDue(id, standing)) due.set(id, now());
      if (!done.has(id) && standing.done.has(id)) done.set(id, now());
    }
    if (!standing.ended) continue;
    return new Map(
      [...due].map(([id, dueSeconds]) => [
        id,
        { dueSeconds, seconds: (done.get(id) ?? dueSeconds) - dueSeconds },
      ]),
    );
  }
  throw new Error(`The undisturbed run did not end within ${LIMIT_SECONDS} s`);
}
