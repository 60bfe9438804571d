import { setTimeout as delay } from 'node:timers/promises';
import { readRecord } from '../../core/artifacts/records.js';
import { artifactRef, type ArtifactRef } from '../../core/artifacts/artifact.js';
import type { StageNode } from '../../core/stages/graph.js';
import { OutcomeSchema, PreparedStageSchema, runKeys, type Outcome } from '../../core/stages/run-document.js';
import type { Store } from '../../core/store/store.js';
import { allKeys } from '../workflows/artifact-files.js';

const LOOK_EVERY_MS = 40;

/** Which stages of a run are at work, as its store tells. */
export interface Standing {
  prepared: ReadonlySet<string>;
  done: ReadonlySet<string>;
  /** It has an outcome. */
  ended: boolean;
}

/** Where a run stands: read from its store, which no fault keeps from us. */
export class RunWatch {
  constructor(
    readonly runId: string,
    /** Read directly, not through the proxies. */
    readonly store: Store,
    readonly nodes: readonly StageNode[],
  ) {}

  async standing(): Promise<Standing> {
    const keys = await allKeys(this.store, `${runKeys.folder(this.runId)}/`);
    const stagesWith = (name: string): Set<string> =>
      new Set(keys.filter((key) => key.endsWith(`/${name}`)).map((key) => key.split('/')[3] ?? ''));
    return {
      prepared: stagesWith('prepared.json'),
      done: stagesWith('done.json'),
      ended: keys.includes(runKeys.outcome(this.runId)),
    };
  }

  /** Waits until something holds, or the run has ended. Returns whether it came to hold. */
  async until(holds: (standing: Standing) => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
    for (const end = performance.now() + withinMs; performance.now() < end; await delay(LOOK_EVERY_MS)) {
      const standing = await this.standing();
      if (await holds(standing)) return true;
      if (standing.ended) return false;
    }
    return false;
  }

  /** Whether all that a stage needs is there: from then on it is being prepared, worked at, or done. */
  isDue(node: string, { done }: Standing): boolean {
    return this.node(node).needs.every((id) => done.has(id));
  }

  node(id: string): StageNode {
    const found = this.nodes.find((node) => node.id === id);
    if (found === undefined) throw new RangeError(`The run has no stage ${id}`);
    return found;
  }

  /** Stages that are due and not done. */
  atWork(standing: Standing): string[] {
    return this.nodes.map(({ id }) => id).filter((id) => this.isDue(id, standing) && !standing.done.has(id));
  }

  outcome(): Promise<Outcome | undefined> {
    return readRecord(this.store, runKeys.outcome(this.runId), OutcomeSchema);
  }

  /** The artifact that a prepared stage makes; undefined for one that makes none. */
  async artifactOf(node: string): Promise<ArtifactRef | undefined> {
    const key = runKeys.prepared(this.runId, node);
    const prepared = await readRecord(this.store, key, PreparedStageSchema);
    return prepared?.spec === undefined ? undefined : artifactRef(prepared.spec);
  }
}
