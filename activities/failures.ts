import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { ShardYieldedError, type YieldReason } from '../core/artifacts/shard-writer.js';
import { CorruptArtifactError, InvalidInputError, messageOf } from '../core/errors.js';
import { ObjectNotFoundError, StoreAccessError } from '../core/store/store.js';
import { failureTypes, type FailureDetail, type RunPolicy, type YieldDetail } from '../workflows/contract.js';
import { MissingInputError, OtherVersionError, type StageContext } from './context.js';
import { withdrawDamaged } from './withdraw.js';

/** Before a run's document could be read, nobody knows what it says of retries. */
const DEFAULT_RETRY = { initialSeconds: 1, maximumSeconds: 60 };

/** Characters of a failure's message that reach Temporal. */
const LONGEST_MESSAGE = 4000;

/** Characters of a failure's causes, with their stacks. Longer ones are in the worker's log only. */
const LONGEST_CAUSE = 20_000;

/** What of an attempt decides how Temporal is told of its failure. */
export interface FailedAttempt {
  /** The first is 1. */
  attempt: number;
  /** Made a shard; else one of the activities around them. */
  ofShard: boolean;
  /** Absent when the store or the run's document could not be opened. */
  context: StageContext | undefined;
}

/** What an attempt's error is to Temporal: whether it is retried, after how long, and what the workflow does then. */
export async function asFailure(error: unknown, failed: FailedAttempt): Promise<Error> {
  const { attempt, context } = failed;
  if (error instanceof ShardYieldedError) return yielded(error.reason);
  if (isPermanent(error)) return permanent(error, failureTypes.invalidInput, { attempt });
  if (isDamage(error) && context !== undefined) {
    if ('uri' in error) await withdrawDamaged(context, error.uri);
    return permanent(error, failureTypes.damagedInput, { attempt });
  }
  // The stage waits for the store, with more patience than it has for a shard.
  if (error instanceof StoreAccessError && failed.ofShard) {
    return permanent(error, failureTypes.storeAway, { attempt });
  }
  return ApplicationFailure.create({
    ...told(error),
    type: error instanceof Error ? error.name : 'Error',
    nextRetryDelay: retryDelayMs(attempt, context?.run.experiment.run.retry ?? DEFAULT_RETRY),
  });
}

/** An attempt that was cancelled: given back if only its worker stops, else cancelled with its run. */
export function asCancellation(signal: AbortSignal): Error {
  const { reason } = signal as { reason: unknown };
  if (messageOf(reason).includes('WORKER_SHUTDOWN')) return yielded('draining');
  return new CancelledFailure('The activity was cancelled');
}

/** Doubles each time, and is shortened by up to half at random: a store that comes back is not met by all at once. */
export function retryDelayMs(
  attempt: number,
  {
    initialSeconds,
    maximumSeconds,
  }: Pick<NonNullable<RunPolicy['retry']>, 'initialSeconds' | 'maximumSeconds'>,
): number {
  const seconds = Math.min(maximumSeconds, initialSeconds * 2 ** (attempt - 1));
  return Math.round(1000 * seconds * (0.5 + Math.random() / 2));
}

function yielded(reason: YieldReason): ApplicationFailure {
  const detail: YieldDetail = { reason };
  return ApplicationFailure.create({
    message: `The shard was given back (${reason})`,
    type: failureTypes.yielded,
    nonRetryable: true,
    details: [detail],
  });
}

function permanent(error: unknown, type: string, detail: FailureDetail): ApplicationFailure {
  return ApplicationFailure.create({
    ...told(error),
    type,
    nonRetryable: true,
    details: [detail],
  });
}

/** Histories keep what they are told, in workflows of thousands of shards: a message that never ends is cut. */
function told(error: unknown): { message: string; cause?: Error } {
  const message = messageOf(error);
  if (message.length > LONGEST_MESSAGE) {
    return { message: `${message.slice(0, LONGEST_MESSAGE)} … (of ${message.length} characters)` };
  }
  let length = 0;
  for (let cause = error; cause instanceof Error; cause = cause.cause) length += (cause.stack ?? '').length;
  return { message, ...(error instanceof Error && length <= LONGEST_CAUSE && { cause: error }) };
}

function isPermanent(error: unknown): boolean {
  return error instanceof InvalidInputError || (error instanceof StoreAccessError && error.permanent);
}

/** What only running the stages before, and this one's preparation, again can mend. */
function isDamage(
  error: unknown,
): error is CorruptArtifactError | ObjectNotFoundError | MissingInputError | OtherVersionError {
  return (
    error instanceof CorruptArtifactError ||
    error instanceof ObjectNotFoundError ||
    error instanceof MissingInputError ||
    error instanceof OtherVersionError
  );
}
