import { AsyncLocalStorage } from 'node:async_hooks';

/** The block that is being made, for whatever is called on the way: requests to model processes carry it along. */
export interface BlockAtWork {
  /** Key of the block's record in the store. */
  record: string;
  /** When it was asked for in the store and not found there: {@link monotonicMs} before the question. */
  missingSince: number;
}

const atWork = new AsyncLocalStorage<BlockAtWork>();

/** The block that the caller works for, if any. */
export function blockAtWork(): BlockAtWork | undefined {
  return atWork.getStore();
}

export function whileAtWorkOn<T>(block: BlockAtWork, make: () => Promise<T>): Promise<T> {
  return atWork.run(block, make);
}

/** Milliseconds of the machine's monotonic clock: the same for all its processes, whatever their wall clocks say. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
