import { cachedBinary } from './cache.js';
import type { OnWait } from './cache.js';
import { binaryFromVariable, binaryOnPath, goInstall } from './find-binary.js';

const NAME = 'toxiproxy-server';
const GO_MODULE = 'github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0';

/** Thrown when there is no fault proxy and none can be built; the message names the ways to provide it. */
export class ToxiproxyMissingError extends Error {
  override readonly name = 'ToxiproxyMissingError';
}

/**
 * The path of toxiproxy, a proxy that makes a network fail as told: the one that `XQG_TEST_TOXIPROXY` names,
 * `toxiproxy-server` on PATH, the cache, or a build by Go.
 *
 * @throws ToxiproxyMissingError
 */
export async function findToxiproxy(
  options: { env?: NodeJS.ProcessEnv; onWait?: OnWait } = {},
): Promise<string> {
  const env = options.env ?? process.env;
  const given = (await binaryFromVariable('XQG_TEST_TOXIPROXY', env)) ?? (await binaryOnPath(NAME, env));
  if (given !== undefined) return given;
  const failures: string[] = [];
  const make = async (folder: string): Promise<string | undefined> => {
    const go = await binaryOnPath('go', env);
    if (go === undefined) {
      failures.push('there is no `go` on PATH');
      return undefined;
    }
    options.onWait?.('Building the fault proxy toxiproxy with Go, once (usually a minute)');
    return goInstall(go, GO_MODULE, folder, { env, onFailure: (reason) => failures.push(reason) });
  };
  const cached = await cachedBinary(NAME, make, { env, onWait: options.onWait });
  if (cached !== undefined) return cached;
  throw new ToxiproxyMissingError(
    `Looking for the fault proxy toxiproxy: expected ${NAME} on PATH, found none, and it could not be built (${failures.join('; ')}); put it on PATH, set XQG_TEST_TOXIPROXY to its path, or install Go 1.23 or later`,
  );
}
