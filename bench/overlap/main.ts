/**
 * How much of an encode shard's time its model process spends in inference: `node dist/bench/overlap/main.js`. The real
 * stage, store and model process, without Temporal. The first shard warms up, the second is measured, from reading its
 * passages to its commit.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StageContext } from '../../activities/context.js';
import { definitionOf, stageOf } from '../../activities/stages.js';
import type { ComputeType } from '../../core/models/session.js';
import type { PreparedStage } from '../../core/stages/run-document.js';
import { StageBench } from '../../test/activities/stage-bench.js';
import { ModelPool } from '../../workers/model-pool.js';

const NODE = 'encode.corpus.e5';
/** Of about 115 tokens: half of the demo's, in blocks of a quarter of a shard. */
const SHARD = { passages: 500, words: 400, shardPassages: 250, block: 63 };

interface Busy {
  /** Of the shard. */
  seconds: number;
  /** Of them, in inference. */
  busy: number;
}

async function measure(computeType: ComputeType): Promise<Busy> {
  const bench = await StageBench.create(SHARD);
  const runs = join(bench.folder, 'runs.txt');
  process.env['NODE_OPTIONS'] = `--import ${fileURLToPath(new URL('./record-runs.js', import.meta.url))}`;
  process.env['XQG_BENCH_RUNS'] = runs;
  const models = new ModelPool({ processes: 1, threads: 1 });
  try {
    await bench.make('ingest.corpus');
    const context: StageContext = { ...bench.context, models, signal: new AbortController().signal };
    for (const encoder of Object.values(context.run.experiment.encoders)) encoder.computeType = computeType;
    const { definition, node } = definitionOf(context, stageOf(context, NODE), NODE);
    const { spec, ...preparation } = await definition.prepare(context, node);
    const prepared: PreparedStage = {
      node: NODE,
      ...preparation,
      spec: structuredClone(spec) as PreparedStage['spec'],
    };
    await definition.run(context, node, prepared, 0);
    await rm(runs);
    const started = performance.now();
    await definition.run(context, node, prepared, 1);
    const seconds = (performance.now() - started) / 1000;
    const lines = (await readFile(runs, 'utf8')).trimEnd().split('\n');
    const busy = lines
      .map((line) => line.split(' ').map(Number))
      .reduce((sum, [from = NaN, to = NaN]) => sum + (to - from) / 1000, 0);
    return { seconds, busy };
  } finally {
    await models.close();
    await bench.remove();
  }
}

for (const computeType of ['float32', 'int8'] as const) {
  const { seconds, busy } = await measure(computeType);
  process.stdout.write(
    `${computeType}: ${busy.toFixed(2)} s of a shard's ${seconds.toFixed(2)} s in inference, ${((100 * busy) / seconds).toFixed(1)} %\n`,
  );
}
