import type { Store } from '../core/store/store.js';

type Operation = Exclude<keyof Store, 'uri' | 'close'>;

/** How often each operation of a store was called. */
export type Calls = Partial<Record<Operation, number>>;

/** A store that counts what it is asked, and passes it on. One call is one request on S3, but for large bodies. */
export function countingStore(store: Store): { store: Store; calls: Calls; total(): number } {
  const calls: Calls = {};
  const counting = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const operation = name as Operation;
        if (name !== 'close') calls[operation] = (calls[operation] ?? 0) + 1;
        return Reflect.apply(member, target, args);
      };
    },
  });
  const total = (): number => Object.values(calls).reduce((sum, count) => sum + count, 0);
  return { store: counting, calls, total };
}
