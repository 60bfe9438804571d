import { CommanderError } from 'commander';
import { InvalidInputError, messageOf } from '../core/errors.js';
import { StoreAccessError } from '../core/store/store.js';
import type { Output } from './output.js';

/** What scripts and schedulers go by. */
export const exitCodes = {
  done: 0,
  /** The run failed. */
  failed: 1,
  /** The command or a file is wrong. */
  invalid: 2,
  /** A gate or claim did not hold. */
  gate: 3,
} as const;

/** Tells what went wrong, and returns the exit code that says so. */
export function reportError(error: unknown, output: Output): number {
  // Commander has told already; its help counts as done.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.invalid;
  const invalid =
    error instanceof InvalidInputError || (error instanceof StoreAccessError && error.permanent);
  if (output.json) output.printJson({ event: 'error', invalid, message: messageOf(error) });
  else output.note(`xqg: ${messageOf(error)}`);
  if (!invalid) output.log.debug({ err: error }, 'where it came from');
  return invalid ? exitCodes.invalid : exitCodes.failed;
}
