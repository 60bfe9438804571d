import assert from 'node:assert/strict';
import { InvalidInputError } from '../../core/errors.js';
import { NotFiniteVectorError } from '../../core/models/model-failure.js';
import { receiveError, ThrownByModelError, transferError } from '../../workers/transferred-error.js';

/** As the channel between the processes does. */
const cross = (error: unknown): Error => receiveError(structuredClone(transferError(error)));

describe('errors that cross from a model process', () => {
  it('stay wrong input', () => {
    const error = cross(new InvalidInputError('no such file'));
    assert.ok(error instanceof InvalidInputError && !(error instanceof NotFiniteVectorError));
    assert.equal(error.message, 'no such file');
  });

  it('still tell a vector that is not finite, which may be one text’s fault', () => {
    const error = cross(new NotFiniteVectorError('the model gives NaN for "x"'));
    assert.ok(error instanceof NotFiniteVectorError);
    assert.equal(error.message, 'the model gives NaN for "x"');
  });

  it('are the model’s when they are nothing else', () => {
    for (const thrown of [new RangeError('bad allocation'), 'bad allocation']) {
      const error = cross(thrown);
      assert.ok(error instanceof ThrownByModelError);
      assert.equal(error.message, 'bad allocation');
    }
  });
});
