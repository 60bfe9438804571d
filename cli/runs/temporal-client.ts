import { Connection } from '@temporalio/client';
import { InvalidInputError, messageOf } from '../../core/errors.js';
import type { TemporalTarget } from '../../infra/temporal-connection.js';

/** Connects to a Temporal server. @throws InvalidInputError when none answers */
export async function connectTemporal({ connectionOptions }: TemporalTarget): Promise<Connection> {
  const { address, tls, metadata, apiKey } = connectionOptions;
  try {
    return await Connection.connect({
      ...(address !== undefined && { address }),
      ...(tls !== undefined && { tls }),
      ...(metadata !== undefined && { metadata }),
      ...(apiKey !== undefined && { apiKey }),
      connectTimeout: '5s',
    });
  } catch (cause) {
    throw new InvalidInputError(
      `Connecting to Temporal at ${address ?? 'localhost:7233'}: ${messageOf(cause)}; start a server there, set TEMPORAL_ADDRESS to one, or use --embedded`,
      { cause },
    );
  }
}
