import { InvalidInputError, messageOf } from '../errors.js';
import { ObjectNotFoundError, StoreAccessError } from './store.js';

/** What is said about a failed request, besides the error itself. */
export interface S3Request {
  /** As the start of a sentence: `Writing` */
  operation: string;
  /** The object or prefix */
  uri: string;
  bucket: string;
  /** Where the request went: an endpoint, or `AWS` */
  server: string;
}

interface Fault {
  expected: string;
  found: string;
  advice: string;
  permanent: boolean;
}

const CREDENTIALS_ADVICE =
  'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give this machine a role (the AWS SDK’s default chain)';

const CREDENTIAL_FAULTS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'an access key id that the server does not know',
  SignatureDoesNotMatch: 'a secret access key that does not fit the access key id',
  ExpiredToken: 'temporary credentials that have expired',
  ExpiredTokenException: 'temporary credentials that have expired',
  InvalidToken: 'a session token that the server does not accept',
  UnrecognizedClientException: 'credentials that the server does not know',
  // What versitygw answers, with status 404.
  XAdminUserNotFound: 'an access key id that the server does not know',
};

/** A body that does not fit its digest or length. */
const ALTERED = new Set([
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'XAmzContentChecksumMismatch',
  'IncompleteBody',
]);

const NETWORK_FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing that listens there',
  ECONNRESET: 'a connection that was cut',
  EPIPE: 'a connection that was cut',
  ETIMEDOUT: 'no answer in time',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ENOTFOUND: 'a host name that does not resolve',
  EAI_AGAIN: 'a name server that does not answer',
};

/**
 * Turns an error of the S3 client into the store's. Texts and causes hold no credentials: of the server's
 * answer only name, message and status are kept (its body may repeat the access key id and the signature).
 */
export function s3StoreError(error: unknown, request: S3Request): Error {
  if (
    error instanceof ObjectNotFoundError ||
    error instanceof StoreAccessError ||
    error instanceof InvalidInputError
  ) {
    return error;
  }
  const fault = faultOf(error, request);
  // An error that no server and no network made is the caller's, for instance of the chunks being written.
  if (fault === undefined) return error instanceof Error ? error : new Error(messageOf(error));
  return new StoreAccessError(
    `${request.operation} ${request.uri} at ${request.server}: expected ${fault.expected}, found ${fault.found}; ${fault.advice}`,
    fault.permanent,
    { cause: new Error(`${nameOf(error)}: ${messageOf(error)}`) },
  );
}

/** The S3 error code (`NoSuchBucket`, …) or the error's name. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

/** The HTTP status of the server's answer, if there was one. */
export function statusOf(error: unknown): number | undefined {
  return metadataOf(error)?.httpStatusCode;
}

/** How many times the request that failed was sent. */
export function attemptsOf(error: unknown): number {
  return metadataOf(error)?.attempts ?? 1;
}

/** Whether the connection broke while an answer's body was read, or stood still for too long. */
export function isNetworkError(error: unknown): boolean {
  return networkFault(error) !== undefined;
}

function faultOf(error: unknown, request: S3Request): Fault | undefined {
  const name = nameOf(error);
  const status = statusOf(error);
  if (name === 'NoSuchBucket') {
    return {
      expected: `the bucket "${request.bucket}"`,
      found: 'no such bucket',
      advice: 'create it or correct the store’s address',
      permanent: true,
    };
  }
  const credentialFault = CREDENTIAL_FAULTS[name];
  if (credentialFault !== undefined) {
    return {
      expected: 'valid credentials',
      found: credentialFault,
      advice: CREDENTIALS_ADVICE,
      permanent: true,
    };
  }
  if (name === 'CredentialsProviderError') {
    return { expected: 'credentials', found: 'none', advice: CREDENTIALS_ADVICE, permanent: true };
  }
  if (name === 'RequestTimeTooSkewed') {
    return {
      expected: 'the same time',
      found: 'clocks that differ',
      advice: 'set this machine’s clock',
      permanent: true,
    };
  }
  if (status === 301 || name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed') {
    return {
      expected: 'the bucket’s region',
      found: `another region (${name})`,
      advice: 'set XQG_S3_REGION or AWS_REGION',
      permanent: true,
    };
  }
  if (status === 403) {
    return {
      expected: 'the permission',
      found: `a refusal (${name})`,
      advice: 'check the credentials and that they may read, write, list and delete here',
      permanent: true,
    };
  }
  if (ALTERED.has(name)) {
    return {
      expected: 'the bytes as they were sent',
      found: `that they changed on the way (${name})`,
      advice: 'try again; if it happens often, look at proxies and the network',
      permanent: false,
    };
  }
  if (status === 507 || /StorageFull|QuotaExceeded|InsufficientCapacity/.test(name)) {
    return {
      expected: 'room',
      found: `a full server (${name})`,
      advice: 'free some space there',
      permanent: false,
    };
  }
  if (status !== undefined) return answerFault(name, status, error);
  const network = networkFault(error);
  if (network === undefined) return undefined;
  return {
    expected: 'an answer',
    found: network,
    advice: 'check that the server runs and that XQG_S3_ENDPOINT (or AWS_ENDPOINT_URL_S3) names it',
    permanent: false,
  };
}

function answerFault(name: string, status: number, error: unknown): Fault {
  // A lost upload id (NoSuchUpload) means that a whole new upload is needed, which trying again makes.
  const permanent = status >= 400 && status < 500 && ![404, 408, 409, 412, 429].includes(status);
  return {
    expected: 'success',
    found: `HTTP ${status} ${name}: ${messageOf(error)}`,
    advice: permanent ? 'correct the request’s settings' : 'try again later',
    permanent,
  };
}

function networkFault(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError') return 'no answer in time';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code !== undefined) return NETWORK_FAULTS[code];
  if (error.message === 'aborted') return 'a connection that was cut';
  return undefined;
}

function metadataOf(error: unknown): { httpStatusCode?: number; attempts?: number } | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  return error.$metadata as { httpStatusCode?: number; attempts?: number };
}
