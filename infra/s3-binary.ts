import { cachedBinary, cachedBinaryPath, isExecutable } from './cache.js';
import type { OnWait } from './cache.js';
import { binaryOnPath, goInstall, runCommand } from './find-binary.js';

const VERSITYGW_VERSION = 'v1.8.0';
const GO_MODULE = `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW_VERSION}`;
export const CONTAINER_IMAGE = `ghcr.io/versity/versitygw:${VERSITYGW_VERSION}`;

/** A program that serves S3, and which one it is. */
export interface S3Binary {
  kind: 'versitygw' | 'minio' | 'docker';
  path: string;
}

/** Thrown when there is no S3 server and none can be had; the message names the ways to provide it. */
export class S3ServerMissingError extends Error {
  override readonly name = 'S3ServerMissingError';
}

/**
 * Finds a program that serves S3: `versitygw` or `minio` on PATH or in the cache, else a versitygw built by Go,
 * else Docker, when its daemon answers.
 *
 * @throws S3ServerMissingError
 */
export async function findS3Binary(
  options: { env?: NodeJS.ProcessEnv; onWait?: OnWait } = {},
): Promise<S3Binary> {
  const env = options.env ?? process.env;
  for (const kind of ['versitygw', 'minio'] as const) {
    const path = await binaryOnPath(kind, env);
    if (path !== undefined) return { kind, path };
  }
  for (const kind of ['versitygw', 'minio'] as const) {
    const path = cachedBinaryPath(kind, env);
    if (await isExecutable(path)) return { kind, path };
  }
  const failures: string[] = [];
  const built = await buildVersitygw(env, failures, options.onWait);
  if (built !== undefined) return { kind: 'versitygw', path: built };
  const docker = await findDocker(env, failures);
  if (docker !== undefined) return { kind: 'docker', path: docker };
  throw new S3ServerMissingError(
    [
      'Looking for an S3 server: expected versitygw or minio, found neither. Do one of these:',
      '  1. set XQG_TEST_S3_ENDPOINT to an S3 server that runs already, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for it',
      '  2. put `versitygw` or `minio` on PATH, or install Go 1.25 or later, which builds versitygw once (about 90 seconds)',
      '  3. start a Docker daemon, which runs it in a container',
      'What was tried:',
      ...failures.map((failure) => `  - ${failure}`),
    ].join('\n'),
  );
}

async function buildVersitygw(
  env: NodeJS.ProcessEnv,
  failures: string[],
  onWait?: OnWait,
): Promise<string | undefined> {
  const go = await binaryOnPath('go', env);
  if (go === undefined) {
    failures.push('a build by Go: there is no `go` on PATH');
    return undefined;
  }
  const make = async (folder: string) => {
    onWait?.('Building the S3 server versitygw with Go, once (usually 2 minutes)');
    return goInstall(go, GO_MODULE, folder, { env, onFailure: (reason) => failures.push(reason) });
  };
  return cachedBinary('versitygw', make, { env, onWait });
}

async function findDocker(env: NodeJS.ProcessEnv, failures: string[]): Promise<string | undefined> {
  const docker = await binaryOnPath('docker', env);
  if (docker === undefined) {
    failures.push('a container: there is no `docker` on PATH');
    return undefined;
  }
  const result = await runCommand(docker, ['info'], { env, timeoutMs: 10_000 });
  if (result.ok) return docker;
  failures.push(`a container: the Docker daemon does not answer (${result.message.split('\n').at(-1)})`);
  return undefined;
}
