/** Why a model failed at what it was given, in words that are the same whenever it fails like that. */
export interface ModelFailure {
  reason: string;
  /** Whether it may have come from outside, as when somebody ended the process. */
  fromOutside: boolean;
}

export interface IsolateOptions<T, R> {
  /** Does all of the work, or throws; asked again after a failure, it has to start from a sound state. */
  process(items: readonly T[]): Promise<R>;
  /** What of an error may be an item's fault; undefined for errors that are not, which are rethrown. */
  failureOf(error: unknown): ModelFailure | undefined;
  /** Most items to set aside. */
  limit: number;
}

export interface Poisonous<T> {
  item: T;
  reason: string;
}

export interface Isolated<T, R> {
  /** Of the items that are left, processed in one go. */
  result: R;
  /** In the order of the items. */
  poisonous: Poisonous<T>[];
}

/** An item that fails each time for another reason is not tried for ever. */
const MOST_FAILURES = 4;

/** Thrown when more items than the limit fail on their own: the model is at fault rather than they. */
export class TooManyPoisonousError<T> extends Error {
  override readonly name = 'TooManyPoisonousError';

  /** @param cause how the last of them failed */
  constructor(
    readonly poisonous: readonly Poisonous<T>[],
    override readonly cause: unknown,
  ) {
    super(`${poisonous.length} items fail on their own`, { cause });
  }
}

/**
 * Processes items together, and finds those that make it fail by halving: an item is poisonous when it fails alone,
 * twice in a row. Then what is left is processed once more in one go, so that the result follows from the items and
 * from which of them are poisonous, not from how these were found. The search ends as soon as more than `limit` are.
 *
 * For one poisonous item among n, processing costs about four times that of n items, in about log2 n failures.
 * @throws TooManyPoisonousError when more than `limit` items are poisonous
 * @throws Error when the items fail together but none of them alone, and whatever is not an item's fault
 */
export async function isolate<T, R>(
  items: readonly T[],
  options: IsolateOptions<T, R>,
): Promise<Isolated<T, R>> {
  const whole = await attempt(items, options);
  if ('result' in whole) return { result: whole.result, poisonous: [] };
  if (whole.failure.fromOutside && items.length > 1) {
    const again = await attempt(items, options);
    if ('result' in again) return { result: again.result, poisonous: [] };
  }
  const poisonous: Poisonous<T>[] = [];
  await search(items, whole.failure, poisonous, options);
  const found = new Set(poisonous.map(({ item }) => item));
  const rest = items.filter((item) => !found.has(item));
  let last = await attempt(rest, options);
  if ('failure' in last && last.failure.fromOutside) last = await attempt(rest, options);
  if ('result' in last) return { result: last.result, poisonous };
  throw new Error(
    `${rest.length} items fail together, though none of them fails alone: ${last.failure.reason}`,
    { cause: last.error },
  );
}

type Attempt<R> = { result: R } | { failure: ModelFailure; error: unknown };

async function attempt<T, R>(items: readonly T[], options: IsolateOptions<T, R>): Promise<Attempt<R>> {
  try {
    return { result: await options.process(items) };
  } catch (error) {
    const failure = options.failureOf(error);
    if (failure === undefined) throw error;
    return { failure, error };
  }
}

/**
 * Finds the poisonous among items that fail together.
 * @param seen how just these items have failed; undefined where a larger number did and they are the suspects
 */
async function search<T, R>(
  items: readonly T[],
  seen: ModelFailure | undefined,
  found: Poisonous<T>[],
  options: IsolateOptions<T, R>,
): Promise<void> {
  const [item] = items;
  if (item === undefined) return;
  if (items.length === 1) {
    const alone = await failureAlone(item, seen, options);
    if (alone === undefined) return;
    found.push({ item, reason: alone.failure.reason });
    if (found.length > options.limit) throw new TooManyPoisonousError(found, alone.error);
    return;
  }
  const middle = items.length >> 1;
  const [left, right] = [items.slice(0, middle), items.slice(middle)];
  const onLeft = await attempt(left, options);
  if ('result' in onLeft) {
    // Then the right half is suspect without being asked.
    await search(right, undefined, found, options);
    return;
  }
  await search(left, onLeft.failure, found, options);
  const onRight = await attempt(right, options);
  if ('failure' in onRight) await search(right, onRight.failure, found, options);
}

/** How an item fails alone, if it does so twice in a row, if possible for the same reason. */
async function failureAlone<T, R>(
  item: T,
  seen: ModelFailure | undefined,
  options: IsolateOptions<T, R>,
): Promise<{ failure: ModelFailure; error: unknown } | undefined> {
  let last = seen?.reason;
  for (let failures = last === undefined ? 0 : 1; ; failures++) {
    const alone = await attempt([item], options);
    if ('result' in alone) return undefined;
    const { reason } = alone.failure;
    if (reason === last || failures + 1 >= MOST_FAILURES) return alone;
    last = reason;
  }
}
