import assert from 'node:assert/strict';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { asCancellation, asFailure, retryDelayMs } from '../../activities/failures.js';
import { ShardYieldedError } from '../../core/artifacts/shard-writer.js';
import { InvalidInputError } from '../../core/errors.js';
import { StoreAccessError } from '../../core/store/store.js';
import { failureTypes } from '../../workflows/contract.js';

async function failureOf(error: unknown, ofShard = true): Promise<ApplicationFailure> {
  const failure = await asFailure(error, { attempt: 2, ofShard, context: undefined });
  assert.ok(failure instanceof ApplicationFailure);
  return failure;
}

describe('failures of activities', () => {
  it('wrong input is not retried, and tells its attempt', async () => {
    const failure = await failureOf(new InvalidInputError('no such file'));
    assert.deepEqual(
      [failure.type, failure.nonRetryable, failure.details],
      [failureTypes.invalidInput, true, [{ attempt: 2 }]],
    );
  });

  it('a store that is away is left to the stage to wait for', async () => {
    const failure = await failureOf(new StoreAccessError('no answer', false));
    assert.deepEqual([failure.type, failure.nonRetryable], [failureTypes.storeAway, true]);
  });

  it('a store that is away is retried by Temporal outside of shards', async () => {
    const failure = await failureOf(new StoreAccessError('no answer', false), false);
    assert.equal(failure.nonRetryable, false);
  });

  it('a store that refuses for good is not retried', async () => {
    const failure = await failureOf(new StoreAccessError('no such bucket', true));
    assert.deepEqual([failure.type, failure.nonRetryable], [failureTypes.invalidInput, true]);
  });

  it('a shard that is given back says why', async () => {
    const failure = await failureOf(new ShardYieldedError('paused'));
    assert.deepEqual([failure.type, failure.details], [failureTypes.yielded, [{ reason: 'paused' }]]);
  });

  it('anything else is retried after a wait', async () => {
    const failure = await failureOf(new TypeError('a moment'));
    assert.equal(failure.nonRetryable, false);
    assert.ok(Number(failure.nextRetryDelay) >= 1000 && Number(failure.nextRetryDelay) <= 2000);
  });

  it('a message without end is cut, and so are its causes', async () => {
    const endless = new InvalidInputError('x'.repeat(1_000_000));
    for (const error of [endless, new Error('outside', { cause: endless })]) {
      const failure = await failureOf(error);
      assert.ok(failure.message.length < 5000);
      assert.equal(failure.cause, undefined);
    }
    assert.match((await failureOf(endless)).message, /^x{4000} … \(of 1000000 characters\)$/);
  });

  it('a worker that stops gives its shard back; a run that is cancelled does not', () => {
    const stopping = AbortSignal.abort(new CancelledFailure('WORKER_SHUTDOWN'));
    assert.equal((asCancellation(stopping) as ApplicationFailure).type, failureTypes.yielded);
    assert.ok(
      asCancellation(AbortSignal.abort(new CancelledFailure('CANCELLED'))) instanceof CancelledFailure,
    );
  });
});

describe('waits between tries', () => {
  const retry = { initialSeconds: 1, maximumSeconds: 8 };
  const draws = (attempt: number) => Array.from({ length: 200 }, () => retryDelayMs(attempt, retry));

  it('double each time, up to the longest', () => {
    for (const [attempt, longest] of [
      [1, 1000],
      [2, 2000],
      [3, 4000],
      [4, 8000],
      [9, 8000],
    ] as const) {
      assert.ok(draws(attempt).every((wait) => wait >= longest / 2 && wait <= longest));
    }
  });

  it('differ, so that tries do not come all at once', () => {
    assert.ok(new Set(draws(4)).size > 100);
  });
});
