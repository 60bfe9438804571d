import { InvalidInputError } from '../errors.js';
import type { ModelFailure } from '../isolation/isolate.js';

/**
 * Thrown when a model failed at what it was given: its process ended, gave no answer in time or took too much
 * memory, or the model threw. One of the texts may be at fault, which `isolate` finds out.
 */
export class ModelFailureError extends Error implements ModelFailure {
  override readonly name = 'ModelFailureError';

  /** @param reason without anything that differs from one time to the next: no process ids, no times */
  constructor(
    message: string,
    readonly reason: string,
    readonly fromOutside: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Thrown when a model gives a vector that is not finite. Usually the model is damaged, which nobody can mend but its
 * owner; but with half precision a single text may overflow, and then it alone is at fault.
 */
export class NotFiniteVectorError extends InvalidInputError {}
