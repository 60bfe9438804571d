import { availableParallelism, cpus } from 'node:os';
import { randomStream, type RandomStream } from '../../core/random-stream.js';
import type { StageNode } from '../../core/stages/graph.js';
import { Arena } from './arena.js';
import { disturb, type RunResult, type Surroundings } from './disturb.js';
import { runEmbedded } from './embedded.js';
import type { Durations, Fault } from './fault.js';
import { drawMixed, MIXED_ROW, type PlannedRun } from './programme.js';
import { makeReference } from './reference.js';
import { rowsOf, stageHits, type Outcome } from './table.js';

export interface SuiteOptions {
  /** For logs and the servers' files. */
  folder: string;
  /** Decides which faults hit which stages, and when: equal seeds give equal plans. */
  seed: string;
  faults: readonly Fault[];
  /** Size of the corpus. */
  passages: number;
  /** What is injected into which run; of the faults that can be injected here. */
  plan(random: RandomStream, faults: readonly Fault[], nodes: readonly StageNode[]): PlannedRun[];
  /** Faults to be injected at least: further runs make up for those that found nothing to hit. @default as it comes */
  total?: number;
  durations: Durations;
  note(message: string): void;
}

/** Mixed runs that make up for faults that found nothing to hit, at most. */
const MAX_EXTRA_RUNS = 10;

/** Faults in such a run, at most. */
const PER_EXTRA_RUN = 8;

/** Injects faults into runs as planned. What went wrong is in the outcome. */
export async function runSuite(options: SuiteOptions): Promise<Outcome> {
  const { seed, total = 0, durations, note } = options;
  const started = performance.now();
  const arena = await Arena.start(options);
  try {
    const notRun = new Map<string, string>();
    for (const fault of options.faults) {
      const reason = await fault.missing?.(arena);
      if (reason !== undefined) notRun.set(fault.name, reason);
    }
    const faults = options.faults.filter(({ name }) => !notRun.has(name));
    note('undisturbed run');
    const reference = await makeReference(arena);
    for (const [node, { seconds }] of reference.stages) note(`  ${node}: ${seconds.toFixed(1)} s`);
    const random = randomStream(['chaos', seed]);
    const { nodes } = reference;
    const around: Surroundings = { arena, reference, random, durations, note };
    const results: RunResult[] = [];
    const perform = async (planned: PlannedRun): Promise<void> => {
      note(`${planned.row}, ${planned.moments.length} times`);
      const result = await (planned.setting === 'embedded'
        ? runEmbedded(planned, around)
        : disturb(planned, around));
      note(`  ${result.lost === undefined ? 'survived' : 'LOST'} in ${result.seconds.toFixed(0)} s`);
      results.push(result);
    };
    const injected = (): number => results.reduce((sum, result) => sum + result.injected.length, 0);
    for (const planned of options.plan(random, faults, nodes)) await perform(planned);
    for (let extra = 0; injected() < total && extra < MAX_EXTRA_RUNS; extra++)
      await perform(drawMixed(random, faults, nodes, Math.min(PER_EXTRA_RUN, total - injected())));
    const rows = rowsOf([...options.faults.map(({ name }) => name), MIXED_ROW], results, notRun, reference);
    return {
      seed,
      date: new Date().toISOString().slice(0, 10),
      machine: `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'})`,
      seconds: (performance.now() - started) / 1000,
      rows,
      hits: stageHits(results),
      injected: injected(),
      lost: injected() - rows.reduce((sum, { survived }) => sum + survived, 0),
    };
  } finally {
    await arena.stop();
  }
}
