import { CorruptArtifactError, InvalidInputError } from '../core/errors.js';
import { NotFiniteVectorError } from '../core/models/model-failure.js';
import { ObjectNotFoundError, StoreAccessError } from '../core/store/store.js';

/** What a model process threw that is none of the kinds that activities tell apart: its model failed, most likely. */
export class ThrownByModelError extends Error {
  override readonly name = 'ThrownByModelError';
}

/** An error as it crosses from a model process to its parent: those that activities tell apart keep their kind. */
export type TransferredError =
  | { name: 'InvalidInputError' | 'NotFiniteVectorError' | 'Error'; message: string }
  | { name: 'StoreAccessError'; message: string; permanent: boolean }
  | { name: 'ObjectNotFoundError'; uri: string }
  | { name: 'CorruptArtifactError'; uri: string; expected: string; found: string };

/** What of an error the other process has to know. */
export function transferError(error: unknown): TransferredError {
  if (error instanceof CorruptArtifactError) {
    const { uri, expected, found } = error;
    return { name: error.name, uri, expected, found };
  }
  if (error instanceof ObjectNotFoundError) return { name: error.name, uri: error.uri };
  if (error instanceof StoreAccessError) {
    return { name: error.name, message: error.message, permanent: error.permanent };
  }
  if (error instanceof NotFiniteVectorError) return { name: 'NotFiniteVectorError', message: error.message };
  if (error instanceof InvalidInputError) return { name: error.name, message: error.message };
  return { name: 'Error', message: error instanceof Error ? error.message : String(error) };
}

/** The error that `transferError` was given, as far as it matters. */
export function receiveError(error: TransferredError): Error {
  switch (error.name) {
    case 'CorruptArtifactError':
      return new CorruptArtifactError(error.uri, error.expected, error.found);
    case 'ObjectNotFoundError':
      return new ObjectNotFoundError(error.uri);
    case 'StoreAccessError':
      return new StoreAccessError(error.message, error.permanent);
    case 'NotFiniteVectorError':
      return new NotFiniteVectorError(error.message);
    case 'InvalidInputError':
      return new InvalidInputError(error.message);
    case 'Error':
      return new ThrownByModelError(error.message);
  }
}
