import { loadClientConnectConfig } from '@temporalio/envconfig';
import { InvalidInputError, messageOf } from '../core/errors.js';

export interface TemporalTarget {
  connectionOptions: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
  namespace: string;
}

/**
 * Where Temporal is, by the environment variables and the configuration file that Temporal's own tools use:
 * TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS…, TEMPORAL_PROFILE, and
 * TEMPORAL_CONFIG_FILE (default ~/.config/temporalio/temporal.toml). Default: localhost:7233, `default`.
 *
 * @throws InvalidInputError when the configuration cannot be read
 */
export function temporalTarget(env: NodeJS.ProcessEnv = process.env): TemporalTarget {
  const variables = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: variables });
    return { connectionOptions, namespace: namespace ?? 'default' };
  } catch (cause) {
    throw new InvalidInputError(`Reading Temporal's configuration: ${messageOf(cause)}`, { cause });
  }
}

/** A server whose address is known, such as an embedded one. */
export function embeddedTarget(server: { address: string; namespace: string }): TemporalTarget {
  return { connectionOptions: { address: server.address }, namespace: server.namespace };
}
