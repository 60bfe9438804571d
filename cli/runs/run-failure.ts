import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { InvalidInputError, messageOf } from '../../core/errors.js';
import { failureTypes } from '../../workflows/contract.js';

/** Thrown when a run ended without its results; the message says why, in the words of what failed. */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';
}

/** What ended a run, as the command line reports it: wrong input is the user's to mend, the rest is a failure. */
export function runFailure(runId: string, error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure && cause.type === failureTypes.invalidInput) {
    return new InvalidInputError(cause.message, { cause: error });
  }
  if (cause instanceof CancelledFailure || cause instanceof TerminatedFailure) {
    const how = cause instanceof CancelledFailure ? 'cancelled' : 'terminated';
    return new RunFailedError(
      `run ${runId} was ${how}; what it committed is reused when the same command is given with --run-id ${runId}`,
      { cause: error },
    );
  }
  return new RunFailedError(`run ${runId} failed: ${messageOf(cause ?? error)}`, { cause: error });
}
