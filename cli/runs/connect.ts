import type { TemporalTarget } from '../../infra/temporal-connection.js';
import type { RunClient } from './run-client.js';

/** Connects to Temporal. Its client is loaded here, and not when a command starts that may do without. */
export async function connectTo(target: TemporalTarget): Promise<RunClient> {
  const { RunClient: Client } = await import('./run-client.js');
  return Client.connect(target);
}
