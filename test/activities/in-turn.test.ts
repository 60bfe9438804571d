import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { inTurn } from '../../activities/in-turn.js';

describe('what is done in turn', () => {
  it('is done one after the other, and goes on after one that failed', async () => {
    const queue = inTurn();
    let running = 0;
    const order: number[] = [];
    const work = (number: number) => async () => {
      assert.equal(++running, 1);
      await delay(2);
      running--;
      order.push(number);
      if (number === 1) throw new Error('no');
      return number;
    };
    const results = await Promise.allSettled([0, 1, 2].map((number) => queue(work(number))));
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(order, [0, 1, 2]);
  });
});
