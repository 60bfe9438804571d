import { randomUUID } from 'node:crypto';
import { startS3Server } from '../../../infra/s3-server.js';
import type { S3Server } from '../../../infra/s3-server.js';

const CREDENTIAL_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
];

export interface S3ForTests {
  server: S3Server;
  /** A bucket that exists */
  bucket: string;
  /** For `openStore` */
  env: NodeJS.ProcessEnv;
}

/**
 * Starts an S3 server (or takes that of the environment), makes a bucket, and puts the server's credentials into
 * this process's environment, where the SDK's default chain finds them. `stop` undoes it.
 */
export async function setUpS3(): Promise<S3ForTests & { stop(): Promise<void> }> {
  const server = await startS3Server({ onWait: (message) => process.stderr.write(`${message}\n`) });
  const bucket = `xqg-test-${randomUUID()}`;
  await server.createBucket(bucket);
  const saved = CREDENTIAL_VARIABLES.map((name) => [name, process.env[name]] as const);
  useCredentials(server.accessKeyId, server.secretAccessKey);
  return {
    server,
    bucket,
    env: { XQG_S3_ENDPOINT: server.endpoint },
    async stop() {
      for (const [name, value] of saved) setVariable(name, value);
      await server.stop();
    },
  };
}

/** Puts credentials into this process's environment, or takes them out. */
export function useCredentials(accessKeyId?: string, secretAccessKey?: string): void {
  for (const name of CREDENTIAL_VARIABLES) setVariable(name, undefined);
  setVariable('AWS_ACCESS_KEY_ID', accessKeyId);
  setVariable('AWS_SECRET_ACCESS_KEY', secretAccessKey);
}

/** Sets a variable of this process's environment, or removes it. */
export function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
}
