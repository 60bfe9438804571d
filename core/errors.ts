/**
 * Thrown when what the user gave is wrong and no retry can mend it: a file, a record, a model folder, an
 * option. The message says what was being done, to what, what was expected, what was found, and what to do.
 * On the command line it ends with exit code 2; in an activity it is a non-retryable failure.
 */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
}

/** Thrown when an artifact's bytes are not what its commit record says; the artifact has to be made again. */
export class CorruptArtifactError extends Error {
  override readonly name = 'CorruptArtifactError';

  constructor(
    readonly uri: string,
    readonly expectedSha256: string,
    readonly foundSha256: string,
  ) {
    super(
      `Reading ${uri}: expected sha256 ${expectedSha256}, found ${foundSha256}; the part is damaged and is made again by a re-run`,
    );
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
