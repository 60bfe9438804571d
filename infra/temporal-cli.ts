import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedBinary } from './cache.js';
import type { OnWait } from './cache.js';
import { binaryFromVariable, binaryOnPath, goInstall, runCommand } from './find-binary.js';

/** Newer tags of the CLI cannot be built by `go install`: their go.mod has replace directives. */
const GO_MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

/** The SDK names what it downloads `temporal-<sdk>-<version>` (sdk-core, ephemeral_server/mod.rs). */
const DOWNLOADED = /^temporal-sdk-typescript-[^.]+\.[^.]+\.[^.]+(\.exe)?$/;

const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;

/** A download that has not grown for this long has failed. */
const DOWNLOAD_STALLED_MS = 30_000;

/** Thrown when the Temporal CLI is nowhere and cannot be had; the message names the ways to provide it. */
export class TemporalCliMissingError extends Error {
  override readonly name = 'TemporalCliMissingError';
}

/**
 * The path of the Temporal CLI, in this order: the one that `XQG_TEMPORAL_CLI` names, `temporal` on PATH, the
 * cache, the SDK's own download, a build by Go.
 *
 * @throws TemporalCliMissingError
 */
export async function findTemporalCli(
  options: { env?: NodeJS.ProcessEnv; onWait?: OnWait } = {},
): Promise<string> {
  const env = options.env ?? process.env;
  const given = (await binaryFromVariable('XQG_TEMPORAL_CLI', env)) ?? (await binaryOnPath('temporal', env));
  if (given !== undefined) return given;
  const failures: string[] = [];
  const make = async (folder: string) =>
    (await download(folder, env, failures, options.onWait)) ??
    (await build(folder, env, failures, options.onWait));
  const cached = await cachedBinary('temporal', make, { env, onWait: options.onWait });
  if (cached !== undefined) return cached;
  throw new TemporalCliMissingError(
    [
      'Looking for a Temporal server: expected the Temporal CLI, found none. Do one of these:',
      '  1. install the Temporal CLI (https://docs.temporal.io/cli), so that `temporal` is on PATH, or set XQG_TEMPORAL_CLI to its path',
      '  2. set TEMPORAL_ADDRESS to a Temporal server that runs already',
      '  3. install Go 1.24 or later, which builds it once (about 3 minutes)',
      'What was tried:',
      ...failures.map((failure) => `  - ${failure}`),
    ].join('\n'),
  );
}

async function download(
  folder: string,
  env: NodeJS.ProcessEnv,
  failures: string[],
  onWait?: OnWait,
): Promise<string | undefined> {
  onWait?.('Downloading the Temporal CLI, once (about 50 MB; usually less than a minute)');
  const script = fileURLToPath(new URL('./download-temporal.js', import.meta.url));
  const stalled = new AbortController();
  const watch = watchGrowth(folder, () => stalled.abort());
  const result = await runCommand(process.execPath, [script, folder], {
    env,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
    signal: stalled.signal,
  });
  clearInterval(watch);
  const name = (await readdir(folder)).find((candidate) => DOWNLOADED.test(candidate));
  // The file has its final name only when it is complete; whether the SDK could start it is not asked here.
  if (name !== undefined) return join(folder, name);
  failures.push(
    `the SDK's download: ${stalled.signal.aborted ? 'it stood still' : lastCause(result.message)}`,
  );
  return undefined;
}

async function build(
  folder: string,
  env: NodeJS.ProcessEnv,
  failures: string[],
  onWait?: OnWait,
): Promise<string | undefined> {
  const go = await binaryOnPath('go', env);
  if (go === undefined) {
    failures.push('a build by Go: there is no `go` on PATH');
    return undefined;
  }
  onWait?.('Building the Temporal CLI with Go, once (usually 3 to 5 minutes)');
  return goInstall(go, GO_MODULE, folder, { env, onFailure: (reason) => failures.push(reason) });
}

/** Calls `onStalled` when the files in a folder have not grown for {@link DOWNLOAD_STALLED_MS}. */
function watchGrowth(folder: string, onStalled: () => void): NodeJS.Timeout {
  let bytes = 0;
  let since = Date.now();
  const look = async () => {
    const found = await bytesIn(folder);
    if (found !== bytes) since = Date.now();
    else if (Date.now() - since > DOWNLOAD_STALLED_MS) onStalled();
    bytes = found;
  };
  return setInterval(() => void look(), 1000);
}

async function bytesIn(folder: string): Promise<number> {
  let total = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    total += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0;
  }
  return total;
}

/** The line that tells most of what a crashed Node process printed: its error's message. */
function lastCause(printed: string): string {
  const lines = printed.split('\n').filter((line) => /error/i.test(line));
  return (lines[0] ?? printed).trim();
}
