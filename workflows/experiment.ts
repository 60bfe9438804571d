import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  isCancellation,
  log,
  patched,
  setHandler,
  startChild,
  type ChildWorkflowHandle,
  type SignalDefinition,
} from '@temporalio/workflow';
import type { StageNode } from '../core/stages/graph.js';
import {
  experimentProgressQuery,
  failureTypes,
  pauseSignal,
  rerunFailedSignal,
  resumeSignal,
  setParallelismSignal,
  stageWorkflowId,
  type ExperimentInput,
  type ExperimentProgress,
  type Parallelism,
  type StageProgress,
} from './contract.js';
import { closeRun, planRun, setPaused } from './run-activities.js';
import { stage } from './stage.js';

/** How often in a row a damaged input artifact is made again before the run gives up … */
const MAX_REPAIRS = 3;

/** … where damage that is met after so long is damage anew: a run of weeks may meet some now and then. */
const NEW_DAMAGE_MS = 60 * 60_000;

/**
 * Runs one experiment: each stage starts as soon as those it needs are done, as a child workflow of its own.
 * A stage that fails lets independent stages finish, then fails the run. A stage that meets a damaged input
 * has the stage that made it run again first.
 */
export async function experiment(input: ExperimentInput): Promise<ExperimentProgress> {
  const states = new Map<string, StageProgress>();
  const children = new Map<string, ChildWorkflowHandle<typeof stage>>();
  let paused = false;
  let changingPause = Promise.resolve();
  let parallelism: Partial<Parallelism> = {};
  setHandler(experimentProgressQuery, () => ({ runId: input.runId, stages: [...states.values()] }));
  setHandler(pauseSignal, () => setPause(true));
  setHandler(resumeSignal, () => setPause(false));
  setHandler(setParallelismSignal, async (changed) => {
    parallelism = { ...parallelism, ...changed };
    await toAll(setParallelismSignal, changed);
  });
  setHandler(rerunFailedSignal, () => toAll(rerunFailedSignal));

  try {
    const plan = await planRun(input);
    // Planning took back what an earlier execution of this run may have left in the store.
    if (paused) await setPause(true);
    for (const node of plan.nodes) states.set(node.id, idle(node.id));
    const byId = new Map(plan.nodes.map((node) => [node.id, node]));
    const atWork = new Map<string, Promise<void>>();
    const ended = new Map<string, Promise<void>>();
    for (const node of plan.nodes) {
      ended.set(
        node.id,
        Promise.all(node.needs.map(async (id) => ended.get(id))).then(() => runOnce(node)),
      );
    }
    const failures = (await Promise.allSettled(ended.values())).flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    if (failures.length > 0) throw failures[0];
    await closeRun({ ...input, outcome: 'completed' });
    return { runId: input.runId, stages: [...states.values()] };

    /** Several stages may meet the same damage at once: what makes the artifact again runs once for them all. */
    function runOnce(node: StageNode): Promise<void> {
      const current = atWork.get(node.id);
      if (current !== undefined) return current;
      const run = runWithRepairs(node).finally(() => atWork.delete(node.id));
      atWork.set(node.id, run);
      return run;
    }

    async function runWithRepairs(node: StageNode): Promise<void> {
      for (let repairs = 0, started = Date.now(); ; repairs++, started = Date.now()) {
        try {
          await runStage(node);
          return;
        } catch (error) {
          if (Date.now() - started > NEW_DAMAGE_MS) repairs = 0;
          if (!isDamagedInput(error) || repairs === MAX_REPAIRS) throw error;
          log.warn('A stage met a damaged input; the stages it reads run again', { node: node.id });
          for (const id of node.needs) await runOnce(byId.get(id) as StageNode);
        }
      }
    }

    async function runStage(node: StageNode): Promise<void> {
      const before = states.get(node.id);
      states.set(node.id, { ...idle(node.id), state: 'running' });
      try {
        const { id, kind, stage: name } = node;
        const [asPaused, asParallel] = [paused, parallelism];
        const policy = { ...plan.policy, parallelism: { ...plan.policy.parallelism, ...parallelism } };
        const args = { ...input, node: id, kind, stage: name, policy, paused: asPaused };
        const child = await startChild(stage, {
          workflowId: stageWorkflowId(input.runId, id),
          args: [args],
        });
        children.set(id, child);
        // Signals may have come while the child was being started.
        if (paused !== asPaused) await send(child, paused ? pauseSignal : resumeSignal);
        if (parallelism !== asParallel) await send(child, setParallelismSignal, parallelism);
        const after = await child.result();
        // What this run made earlier and finds again after a repair is not what it reused.
        states.set(id, after.reused && before?.state === 'done' ? before : after);
      } catch (error) {
        states.set(node.id, { ...idle(node.id), state: 'failed', error: rootMessage(error) });
        throw error;
      } finally {
        children.delete(node.id);
      }
    }
  } catch (error) {
    const outcome = isCancellation(error) ? 'cancelled' : 'failed';
    const message = rootMessage(error);
    await CancellationScope.nonCancellable(() => closeRun({ ...input, outcome, message }));
    if (outcome === 'cancelled') throw error;
    throw ApplicationFailure.create({ message, nonRetryable: true, type: rootType(error) });
  }

  async function toAll<Args extends unknown[]>(signal: SignalDefinition<Args>, ...args: Args): Promise<void> {
    await Promise.all([...children.values()].map((child) => send(child, signal, ...args)));
  }

  /** One order after the other: a stage is paused before its activities are told, and they before it goes on. */
  async function setPause(to: boolean): Promise<void> {
    paused = to;
    changingPause = changingPause.then(async () => {
      if (to) await toAll(pauseSignal);
      await tellActivities(to);
      if (!to) await toAll(resumeSignal);
    });
    await changingPause;
  }

  async function tellActivities(to: boolean): Promise<void> {
    // Version 0.1 only told the stages.
    if (!patched('pause-within-shards')) return;
    try {
      await setPaused({ ...input, paused: to });
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn('Shards at work could not be told of a pause or its end', { message: rootMessage(error) });
    }
  }
}

/** Signals a stage. One that has just ended cannot be told any more, and need not be. */
async function send<Args extends unknown[]>(
  child: ChildWorkflowHandle<typeof stage>,
  signal: SignalDefinition<Args>,
  ...args: Args
): Promise<void> {
  try {
    await child.signal(signal, ...args);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.info('A stage ended before a signal reached it', {
      workflowId: child.workflowId,
      signal: signal.name,
    });
  }
}

function idle(node: string): StageProgress {
  return {
    node,
    state: 'pending',
    shards: 0,
    done: 0,
    failed: 0,
    running: 0,
    reused: false,
    reusedShards: 0,
    seconds: 0,
  };
}

/**
 * What an activity or child workflow threw: what the user has to read. Its own causes say less: they are the
 * library errors that it was made from.
 */
function root(error: unknown): unknown {
  let cause = error;
  while (cause instanceof ActivityFailure || cause instanceof ChildWorkflowFailure) cause = cause.cause;
  return cause;
}

/** The words of what really failed, below activities and child workflows. */
export function rootMessage(error: unknown): string {
  const cause = root(error);
  return cause instanceof Error ? cause.message : String(cause);
}

function rootType(error: unknown): string | undefined {
  const cause = root(error);
  return cause instanceof ApplicationFailure ? (cause.type ?? undefined) : undefined;
}

function isDamagedInput(error: unknown): boolean {
  return error instanceof ChildWorkflowFailure && rootType(error) === failureTypes.damagedInput;
}
