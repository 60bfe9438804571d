import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BucketAlreadyExists,
  BucketAlreadyOwnedByYou,
  CreateBucketCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import getPort from 'get-port';
import { InvalidInputError } from '../core/errors.js';
import type { OnWait } from './cache.js';
import { ServerStartError, startGuarded } from './guarded-process.js';
import type { GuardedProcess } from './guarded-process.js';
import { CONTAINER_IMAGE, findS3Binary } from './s3-binary.js';
import type { S3Binary } from './s3-binary.js';

const LOOPBACK = '127.0.0.1';
const REGION = 'us-east-1';

/** Another process may take a free port before the server does. */
const PORT_ATTEMPTS = 3;

export interface S3ServerOptions {
  /** Told what a first start waits for */
  onWait?: OnWait;
  env?: NodeJS.ProcessEnv;
}

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface S3Server extends S3Credentials {
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  /** Of the server process; absent when it is not ours */
  readonly pid?: number;
  /** Makes a bucket; no error when it is there already */
  createBucket(name: string): Promise<void>;
  /** Ends the server and removes what it stored; resolves when it is gone */
  stop(): Promise<void>;
}

/**
 * The S3 server for tests: the one that `XQG_TEST_S3_ENDPOINT` names, with the credentials in
 * `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; else one started on a free port of the loopback address,
 * with credentials and a temporary folder of its own, which is gone when this process ends, whatever ends it.
 *
 * @throws S3ServerMissingError when there is none, ServerStartError when it does not start
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const env = options.env ?? process.env;
  if (env['XQG_TEST_S3_ENDPOINT']) return externalServer(env['XQG_TEST_S3_ENDPOINT'], env);
  const binary = await findS3Binary({ env, onWait: options.onWait });
  if (binary.kind === 'docker') {
    options.onWait?.(`Starting ${CONTAINER_IMAGE} in a container; the first time, Docker fetches it`);
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnFreePort(binary, env);
    } catch (error) {
      const portTaken =
        error instanceof ServerStartError &&
        /address (already|is already) in use|port is already allocated/i.test(error.logTail);
      if (!portTaken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function externalServer(endpoint: string, env: NodeJS.ProcessEnv): S3Server {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  if (!accessKeyId || !secretAccessKey) {
    throw new InvalidInputError(
      `Using the S3 server ${endpoint} of XQG_TEST_S3_ENDPOINT: expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, found none; set both`,
    );
  }
  const credentials = { accessKeyId, secretAccessKey };
  return {
    ...credentials,
    endpoint,
    createBucket: (name) => createBucket(endpoint, credentials, name),
    stop: async () => undefined,
  };
}

async function startOnFreePort(binary: S3Binary, env: NodeJS.ProcessEnv): Promise<S3Server> {
  const port = await getPort({ host: LOOPBACK });
  const endpoint = `http://${LOOPBACK}:${port}`;
  const credentials = {
    accessKeyId: randomBytes(8).toString('hex'),
    secretAccessKey: randomBytes(16).toString('hex'),
  };
  const folder = await mkdtemp(join(tmpdir(), 'xqg-s3-'));
  for (const name of ['data', 'metadata']) await mkdir(join(folder, name));
  const guarded: GuardedProcess = await startGuarded({
    name: 'S3 server',
    command: binary.path,
    args: await argumentsOf(binary.kind, port, folder),
    env: { ...env, ...rootCredentials(binary.kind, credentials) },
    logFile: join(folder, 'server.log'),
    ready: () => answers(endpoint),
    // A container's image may have to be fetched.
    readyTimeoutMs: binary.kind === 'docker' ? 300_000 : 30_000,
    removeAtEnd: [folder],
  });
  return {
    ...credentials,
    endpoint,
    pid: guarded.pid,
    createBucket: (name) => createBucket(endpoint, credentials, name),
    stop: () => guarded.stop(),
  };
}

async function argumentsOf(kind: S3Binary['kind'], port: number, folder: string): Promise<string[]> {
  if (kind === 'minio') {
    const consolePort = await getPort({ host: LOOPBACK });
    const addresses = ['--address', `${LOOPBACK}:${port}`, '--console-address', `${LOOPBACK}:${consolePort}`];
    return ['server', join(folder, 'data'), ...addresses];
  }
  // Metadata in a folder of its own: not every file system has the extended attributes they would lie in.
  const serve = (address: string, root: string) => [
    ...['--port', address, '--region', REGION, '--quiet', '--keep-alive'],
    ...['posix', '--sidecar', join(root, 'metadata'), join(root, 'data')],
  ];
  if (kind === 'versitygw') return serve(`${LOOPBACK}:${port}`, folder);
  return [
    ...['run', '--rm', '--init', '--publish', `${LOOPBACK}:${port}:7070`],
    // Anonymous volumes: the container's files may be another user's, so Docker has to remove them.
    ...['--volume', '/s3/data', '--volume', '/s3/metadata'],
    // Without values: Docker takes them from its environment, so that they are in no list of processes.
    ...['--env', 'ROOT_ACCESS_KEY', '--env', 'ROOT_SECRET_KEY', CONTAINER_IMAGE],
    ...serve(':7070', '/s3'),
  ];
}

function rootCredentials(kind: S3Binary['kind'], credentials: S3Credentials): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = credentials;
  if (kind === 'minio') return { MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretAccessKey };
  return { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey };
}

/** Whether the server answers HTTP, if only with a refusal; a container's port listens before its server does. */
async function answers(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function createBucket(endpoint: string, credentials: S3Credentials, name: string): Promise<void> {
  const client = new S3Client({ endpoint, region: REGION, forcePathStyle: true, credentials });
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyExists) && !(error instanceof BucketAlreadyOwnedByYou)) throw error;
  } finally {
    client.destroy();
  }
}
