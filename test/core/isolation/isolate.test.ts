import assert from 'node:assert/strict';
import { isolate, TooManyPoisonousError, type ModelFailure } from '../../../core/isolation/isolate.js';

class Failure extends Error {
  constructor(
    readonly reason: string,
    readonly fromOutside = true,
  ) {
    super(reason);
  }
}

const failureOf = (error: unknown): ModelFailure | undefined =>
  error instanceof Failure ? error : undefined;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** A model that fails whenever `fails` says so of what it is given, and writes down what that was. */
function model(fails: (items: readonly number[], call: number) => Failure | undefined) {
  const calls: number[][] = [];
  return {
    calls,
    process: async (items: readonly number[]) => {
      calls.push([...items]);
      const failure = fails(items, calls.length);
      if (failure !== undefined) throw failure;
      return [...items];
    },
  };
}

const poisonedBy = (poison: readonly number[]) => (items: readonly number[]) =>
  items.some((item) => poison.includes(item)) ? new Failure('ended by SIGSEGV') : undefined;

describe('isolate', () => {
  it('processes everything in one go where nothing fails', async () => {
    const { calls, process } = model(() => undefined);
    const found = await isolate(numbers(5), { process, failureOf, limit: 3 });
    assert.deepEqual(found, { result: [0, 1, 2, 3, 4], poisonous: [] });
    assert.equal(calls.length, 1);
  });

  for (const poison of [[0], [7], [63], [0, 1], [31, 32], [3, 20, 40, 63], [5, 6, 7, 8, 9]]) {
    it(`finds ${poison.join(', ')} among 64, and processes the others in one go`, async () => {
      const { calls, process } = model(poisonedBy(poison));
      const found = await isolate(numbers(64), { process, failureOf, limit: 5 });
      const rest = numbers(64).filter((item) => !poison.includes(item));
      assert.deepEqual(found.result, rest);
      assert.deepEqual(calls.at(-1), rest);
      assert.deepEqual(
        found.poisonous,
        poison.map((item) => ({ item, reason: 'ended by SIGSEGV' })),
      );
    });
  }

  it('takes about two failures for each halving, and four times the work, for one among 1,024', async () => {
    const { calls, process } = model(poisonedBy([700]));
    await isolate(numbers(1024), { process, failureOf, limit: 1 });
    const failed = calls.filter((items) => items.includes(700)).length;
    assert.ok(failed <= 14, `${failed} failures`);
    const work = calls.reduce((sum, items) => sum + items.length, 0);
    assert.ok(work <= 5 * 1024, `${work} items processed`);
  });

  it('finds nothing when one failure came from outside', async () => {
    const { calls, process } = model((_items, call) => (call === 1 ? new Failure('SIGKILL') : undefined));
    const found = await isolate(numbers(8), { process, failureOf, limit: 0 });
    assert.deepEqual(found, { result: numbers(8), poisonous: [] });
    assert.equal(calls.length, 2);
  });

  it('finds nothing sound poisonous when failures from outside come between', async () => {
    for (let hit = 2; hit < 20; hit++) {
      const fails = poisonedBy([5]);
      const { process } = model((items, call) => (call === hit ? new Failure('SIGKILL') : fails(items)));
      const found = await isolate(numbers(16), { process, failureOf, limit: 1 });
      assert.deepEqual(found.poisonous, [{ item: 5, reason: 'ended by SIGSEGV' }], `hit at call ${hit}`);
      assert.deepEqual(
        found.result,
        numbers(16).filter((item) => item !== 5),
      );
    }
  });

  it('does not try the whole again when a failure cannot have come from outside', async () => {
    const { calls, process } = model((items) => (items.includes(1) ? new Failure('late', false) : undefined));
    await isolate(numbers(4), { process, failureOf, limit: 1 });
    assert.equal(calls.filter((items) => items.length === 4).length, 1);
  });

  it('sets a single item aside only when it fails twice', async () => {
    const once = model((_items, call) => (call === 1 ? new Failure('SIGKILL') : undefined));
    const sound = await isolate([9], { process: once.process, failureOf, limit: 1 });
    assert.deepEqual(sound, { result: [9], poisonous: [] });
    const always = model(poisonedBy([9]));
    const { result, poisonous } = await isolate([9], { process: always.process, failureOf, limit: 1 });
    assert.deepEqual([result, poisonous.length], [[], 1]);
  });

  it('fails when items fail together but none of them alone, saying so', async () => {
    const { process } = model((items) => (items.length > 2 ? new Failure('out of memory') : undefined));
    await assert.rejects(
      isolate(numbers(8), { process, failureOf, limit: 8 }),
      /^Error: 8 items fail together, though none of them fails alone: out of memory$/,
    );
  });

  it('gives up as soon as there are more than the limit', async () => {
    const { calls, process } = model(() => new Failure('broken'));
    await assert.rejects(isolate(numbers(1024), { process, failureOf, limit: 10 }), (error: Error) => {
      assert.ok(error instanceof TooManyPoisonousError);
      assert.deepEqual(
        error.poisonous.map(({ item }) => item),
        numbers(11),
      );
      return true;
    });
    assert.ok(calls.length < 60, `${calls.length} calls`);
  });

  it('does not touch errors that are no fault of an item', async () => {
    const { calls, process } = model(() => undefined);
    const stopped = new Error('cancelled');
    const failing = async (items: readonly number[]) => {
      await process(items);
      throw stopped;
    };
    await assert.rejects(isolate(numbers(4), { process: failing, failureOf, limit: 4 }), stopped);
    assert.equal(calls.length, 1);
  });
});
