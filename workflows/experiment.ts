import {
  ApplicationFailure,
  CancellationScope,
  ChildWorkflowFailure,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setHandler,
  type SignalDefinition,
} from '@temporalio/workflow';
import type { StageNode } from '../core/stages/graph.js';
import {
  experimentProgressQuery,
  failureTypes,
  pauseSignal,
  rerunFailedSignal,
  resumeSignal,
  stageWorkflowId,
  taskQueues,
  type ExperimentInput,
  type ExperimentProgress,
  type StageProgress,
} from './contract.js';
import type { RunActivities } from './activity-types.js';
import { stage } from './stage.js';

/** How often a damaged input artifact is made again before the run gives up. */
const MAX_REPAIRS = 3;

const { planRun, closeRun } = proxyActivities<RunActivities>({
  taskQueue: taskQueues.io,
  startToCloseTimeout: '5 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 10 },
});

/**
 * Runs one experiment: each stage starts as soon as those it needs are done, as a child workflow of its own.
 * A stage that fails lets independent stages finish, then fails the run. A stage that meets a damaged input
 * has the stage that made it run again first.
 */
export async function experiment(input: ExperimentInput): Promise<ExperimentProgress> {
  const states = new Map<string, StageProgress>();
  setHandler(experimentProgressQuery, () => ({ runId: input.runId, stages: [...states.values()] }));
  setHandler(pauseSignal, () => toRunningStages(pauseSignal));
  setHandler(resumeSignal, () => toRunningStages(resumeSignal));
  setHandler(rerunFailedSignal, () => toRunningStages(rerunFailedSignal));

  try {
    const plan = await planRun(input);
    for (const node of plan.nodes) states.set(node.id, idle(node.id));
    const byId = new Map(plan.nodes.map((node) => [node.id, node]));
    const ended = new Map<string, Promise<void>>();
    for (const node of plan.nodes) {
      ended.set(
        node.id,
        Promise.all(node.needs.map(async (id) => ended.get(id))).then(() => runWithRepairs(node)),
      );
    }
    const failures = (await Promise.allSettled(ended.values())).flatMap((result) =>
      result.status === 'rejected' ? [result.reason as unknown] : [],
    );
    if (failures.length > 0) throw failures[0];
    await closeRun({ ...input, outcome: 'completed' });
    return { runId: input.runId, stages: [...states.values()] };

    async function runWithRepairs(node: StageNode): Promise<void> {
      for (let repairs = 0; ; repairs++) {
        try {
          await runStage(node);
          return;
        } catch (error) {
          if (!isDamagedInput(error) || repairs === MAX_REPAIRS) throw error;
          for (const id of node.needs) await runStage(byId.get(id) as StageNode);
        }
      }
    }

    async function runStage(node: StageNode): Promise<void> {
      states.set(node.id, { ...idle(node.id), state: 'running' });
      try {
        const child = { ...input, node: node.id, kind: node.kind, stage: node.stage, policy: plan.policy };
        const workflowId = stageWorkflowId(input.runId, node.id);
        states.set(node.id, await executeChild(stage, { workflowId, args: [child] }));
      } catch (error) {
        states.set(node.id, { ...idle(node.id), state: 'failed', error: rootMessage(error) });
        throw error;
      }
    }
  } catch (error) {
    const outcome = isCancellation(error) ? 'cancelled' : 'failed';
    const message = rootMessage(error);
    await CancellationScope.nonCancellable(() => closeRun({ ...input, outcome, message }));
    if (outcome === 'cancelled') throw error;
    throw ApplicationFailure.create({ message, nonRetryable: true, type: rootType(error) });
  }

  async function toRunningStages(signal: SignalDefinition): Promise<void> {
    for (const { node, state } of states.values()) {
      if (state !== 'running') continue;
      await getExternalWorkflowHandle(stageWorkflowId(input.runId, node)).signal(signal);
    }
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

/** The innermost cause: what the user has to read. */
function root(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause;
}

function rootMessage(error: unknown): string {
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
