import { hostname } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { projectRoot } from '../../core/project-root.js';
import { workflowBundle } from '../../workers/bundle-workflows.js';
import type { RunRef } from '../../workflows/contract.js';
import { experimentWorkflowId, stageWorkflowId } from '../../workflows/contract.js';
import type { RunBench } from './run-bench.js';

/** Where recorded histories lie; record.ts there makes them. */
export const historiesFolder = join(projectRoot(), 'test/golden/histories');

/** A workflow's history in the JSON that Temporal's tools exchange. */
export interface RecordedHistory {
  workflowId: string;
  history: { events: { eventType: string; [attributes: string]: unknown }[] };
}

/** The histories of a run: of the experiment, and of each of its stages by name. */
export async function fetchHistories(
  bench: RunBench,
  run: RunRef,
  nodes: Iterable<string>,
): Promise<Map<string, RecordedHistory>> {
  const connection = await Connection.connect({ address: bench.target.connectionOptions.address ?? '' });
  const { workflow } = new Client({ connection, namespace: bench.target.namespace });
  const fetch = async (workflowId: string): Promise<RecordedHistory> => {
    const history = await workflow.getHandle(workflowId).fetchHistory();
    // Who asked for it, and where the code lay, is no part of what is replayed.
    const text = historyToJSON(history)
      .replaceAll(/("identity": ")\d+@[^"]*/g, '$1client')
      .replaceAll(/("stackTrace": ")(?:[^"\\]|\\.)*/g, '$1')
      .replaceAll(hostname(), 'host');
    return { workflowId, history: JSON.parse(text) as RecordedHistory['history'] };
  };
  try {
    const histories = new Map([['experiment', await fetch(experimentWorkflowId(run.runId))]]);
    for (const node of nodes) histories.set(node, await fetch(stageWorkflowId(run.runId, node)));
    return histories;
  } finally {
    await connection.close();
  }
}

/** Throws DeterminismViolationError when the workflows of today decide otherwise than those of the history did. */
export async function replay({ workflowId, history }: RecordedHistory): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, workflowId);
}
