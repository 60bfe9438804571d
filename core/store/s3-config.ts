import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { InvalidInputError } from '../errors.js';

/** How S3 is reached. Credentials are not part of it: the SDK's default chain finds them. */
export interface S3Config {
  /** Of a server other than AWS: `http://127.0.0.1:9000` */
  endpoint?: string;
  /** Absent: that of the AWS profile, else us-east-1 */
  region?: string;
  /** Buckets in the path (`host/bucket/key`) rather than in the host name */
  pathStyle: boolean;
  /** Milliseconds from sending a request to the answer's headers, the upload of its body included */
  requestTimeoutMs: number;
  /** Attempts of each request, the first included */
  maxAttempts: number;
}

const CONNECTION_TIMEOUT_MS = 5_000;

/** Milliseconds without a byte in either direction. */
const IDLE_TIMEOUT_MS = 30_000;

const endpointSchema = z
  .url({ protocol: /^https?$/, error: 'expected a URL such as https://host:9000' })
  .refine((text) => !URL.canParse(text) || new URL(text).username === '', {
    error: 'expected a URL without user name and password: credentials come from the AWS SDK’s default chain',
  });

const count = z.coerce.number({ error: 'expected a whole number' }).int().positive();

const environment = z.object({
  XQG_S3_ENDPOINT: endpointSchema.optional(),
  AWS_ENDPOINT_URL_S3: endpointSchema.optional(),
  AWS_ENDPOINT_URL: endpointSchema.optional(),
  XQG_S3_REGION: z.string().optional(),
  AWS_REGION: z.string().optional(),
  XQG_S3_PATH_STYLE: z.stringbool({ error: 'expected true or false' }).optional(),
  XQG_S3_REQUEST_TIMEOUT_MS: count.default(120_000),
  XQG_S3_MAX_ATTEMPTS: count.default(5),
});

/**
 * Reads how S3 is reached from the environment:
 * - `XQG_S3_ENDPOINT`, else `AWS_ENDPOINT_URL_S3`, else `AWS_ENDPOINT_URL`: a server other than AWS
 * - `XQG_S3_REGION`, else `AWS_REGION`
 * - `XQG_S3_PATH_STYLE`: true or false; by default true with an endpoint and false without
 * - `XQG_S3_REQUEST_TIMEOUT_MS` (120000), `XQG_S3_MAX_ATTEMPTS` (5)
 *
 * An empty variable counts as absent.
 *
 * @throws InvalidInputError naming the variable, never its value: an endpoint may hold a password
 */
export function readS3Config(env: NodeJS.ProcessEnv): S3Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new InvalidInputError(`Reading the S3 settings from the environment: ${faults.join('; ')}`);
  }
  const found = parsed.data;
  const endpoint = found.XQG_S3_ENDPOINT ?? found.AWS_ENDPOINT_URL_S3 ?? found.AWS_ENDPOINT_URL;
  const region = found.XQG_S3_REGION ?? found.AWS_REGION;
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    pathStyle: found.XQG_S3_PATH_STYLE ?? endpoint !== undefined,
    requestTimeoutMs: found.XQG_S3_REQUEST_TIMEOUT_MS,
    maxAttempts: found.XQG_S3_MAX_ATTEMPTS,
  };
}

/** The SDK's client for a configuration. */
export async function createS3Client(config: S3Config): Promise<S3Client> {
  const options: S3ClientConfig = {
    region: config.region ?? (await profileRegion()) ?? 'us-east-1',
    forcePathStyle: config.pathStyle,
    maxAttempts: config.maxAttempts,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: config.requestTimeoutMs,
      // Without it the SDK only warns when a request takes too long.
      throwOnRequestTimeout: true,
      socketTimeout: IDLE_TIMEOUT_MS,
    },
  };
  if (config.endpoint === undefined) return new S3Client({ ...options, followRegionRedirects: true });
  if (isAws(config.endpoint)) return new S3Client({ ...options, endpoint: config.endpoint });
  return new S3Client({
    ...options,
    endpoint: config.endpoint,
    // The SDK's CRC32 trailers are refused, or stored as data, by some other servers. The signature's sha256
    // of the body protects uploads all the same; parts are checked against their commit record when read.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
  });
}

function isAws(endpoint: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}

/** The region of the AWS profile in use, if it names one. */
async function profileRegion(): Promise<string | undefined> {
  const probe = new S3Client({});
  try {
    return await probe.config.region();
  } catch {
    return undefined; // The SDK throws when no source names a region.
  } finally {
    probe.destroy();
  }
}
