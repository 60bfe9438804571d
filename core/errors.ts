/**
 * Thrown when what the user gave is wrong and no retry can mend it: a file, a record, a model folder, an
 * option. The message says what was being done, to what, what was expected, what was found, and what to do.
 * On the command line it ends with exit code 2; in an activity it is a non-retryable failure.
 */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
}

/**
 * Thrown when an object of the store is not what was written there: a part that does not hash to what its commit
 * record says, a record that cannot be read or that does not hash to its own check. It has to be made again.
 */
export class CorruptArtifactError extends Error {
  override readonly name = 'CorruptArtifactError';

  constructor(
    readonly uri: string,
    /** What it should be, such as `sha256 41ad…`. */
    readonly expected: string,
    readonly found: string,
    options?: ErrorOptions,
  ) {
    super(
      `Reading ${uri}: expected ${expected}, found ${found}; the object is damaged and is made again by a re-run`,
      options,
    );
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
