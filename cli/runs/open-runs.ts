import { temporalTarget } from '../../infra/temporal-connection.js';
import { connectTo } from './connect.js';
import type { RunClient } from './run-client.js';

/** Which of these runs are open on the Temporal server, if there is one: without, the store is all that is known. */
export async function openRuns(runIds: readonly string[]): Promise<string[]> {
  if (runIds.length === 0) return [];
  let client: RunClient;
  try {
    client = await connectTo(temporalTarget());
  } catch {
    return [];
  }
  try {
    const open = await Promise.all(runIds.map((runId) => client.isOpen(runId)));
    return runIds.filter((_, i) => open[i] === true);
  } finally {
    await client.close();
  }
}
