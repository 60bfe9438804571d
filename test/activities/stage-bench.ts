import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { readPrepared, type StageContext } from '../../activities/context.js';
import { definitionOf, stageOf } from '../../activities/stages.js';
import type { ArtifactRef } from '../../core/artifacts/artifact.js';
import { commitStage, readShardParts, type StageArtifact } from '../../core/artifacts/stage-artifact.js';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { createRun } from '../../core/stages/create-run.js';
import { stageGraph } from '../../core/stages/graph.js';
import { runKeys, writeJson, type PreparedStage } from '../../core/stages/run-document.js';
import { openStore } from '../../core/store/open-store.js';
import { ModelPool, type ComputeBudget } from '../../workers/model-pool.js';
import { writeSmallExperiment, type SmallOptions } from '../workflows/small-experiment.js';

/** A run whose stages are done one at a time, by the code of the activities, without Temporal. */
export class StageBench {
  private constructor(
    readonly folder: string,
    readonly context: Omit<StageContext, 'models' | 'signal'>,
  ) {}

  static async create(options: SmallOptions): Promise<StageBench> {
    const folder = await mkdtemp(join(tmpdir(), 'xqg-stages-'));
    const store = await openStore(join(folder, 'store'));
    const loaded = await loadExperiment(await writeSmallExperiment(folder, options));
    const run = await createRun(loaded, 'bench', store, openStore);
    const nodes = stageGraph(run.experiment, run.arms, run.exported);
    const log = pino({ level: 'silent' });
    const preparedOf = (node: string) => readPrepared(store, run.runId, node);
    const idle = { heartbeat: () => undefined, yieldRequested: () => Promise.resolve(undefined) };
    return new StageBench(folder, { store, openStore, run, nodes, log, preparedOf, ...idle });
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Makes and commits a stage, with model processes of its own whose environment has `faults` added. */
  async make(
    node: string,
    faults: Record<string, string> = {},
    budget: Partial<ComputeBudget> = {},
    whileAtWork: (pool: ModelPool) => void = () => undefined,
  ): Promise<StageArtifact> {
    const models = new ModelPool({ processes: 1, threads: 1, ...budget });
    const context: StageContext = { ...this.context, models, signal: new AbortController().signal };
    Object.assign(process.env, faults);
    try {
      const { definition, node: found } = definitionOf(context, stageOf(context, node), node);
      const { spec, ...preparation } = await definition.prepare(context, found);
      if (spec === undefined) throw new Error(`${node} makes no artifact`);
      const prepared: PreparedStage = {
        node,
        ...preparation,
        spec: structuredClone(spec) as PreparedStage['spec'],
      };
      await writeJson(context.store, runKeys.prepared('bench', node), prepared);
      whileAtWork(models);
      for (let unit = 0; unit < prepared.units; unit++) await definition.run(context, found, prepared, unit);
      return await commitStage(context.store, spec, prepared.shards);
    } finally {
      for (const name of Object.keys(faults)) Reflect.deleteProperty(process.env, name);
      await models.close();
    }
  }

  /** The parts of a shard. */
  async parts(ref: ArtifactRef, shard: number): Promise<Uint8Array[]> {
    const parts: Uint8Array[] = [];
    for await (const part of readShardParts(this.context.store, ref, shard)) parts.push(part);
    return parts;
  }
}
