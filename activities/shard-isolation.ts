import type { PartRecord, Quarantined } from '../core/artifacts/records.js';
import { InvalidInputError, messageOf } from '../core/errors.js';
import {
  isolate,
  TooManyPoisonousError,
  type ModelFailure,
  type Poisonous,
} from '../core/isolation/isolate.js';
import { ModelFailureError } from '../core/models/model-failure.js';
import { RequestRefusedError } from '../core/models/openai-client.js';
import type { StageContext } from './context.js';

/** What is named in the message about too many; the rest is counted. */
const NAMED = 20;

/**
 * Gives a shard's blocks to a model, and sets aside what the model fails at: a process that ends, hangs or takes too
 * much memory, a model that throws, a server that refuses a prompt. Counts over all blocks of the shard.
 */
export class ShardIsolation<T> {
  private readonly before: Quarantined[] = [];

  /** @param identify what names an item in the records */
  constructor(
    private readonly context: StageContext,
    private readonly shard: { node: string; shard: number },
    private readonly identify: (item: T) => Omit<Quarantined, 'reason'>,
  ) {}

  /** Takes in what an earlier attempt has set aside of another block. */
  readonly restore = (_block: number, _bytes: Uint8Array, { quarantined }: PartRecord): void => {
    this.before.push(...(quarantined ?? []));
    if (this.before.length > this.limit) throw this.refusal(this.before);
  };

  /**
   * @param process the work on some of the items, in one go
   * @throws InvalidInputError when more than `run.maxQuarantined` of the shard would be set aside
   */
  async process<R>(
    items: readonly T[],
    process: (items: readonly T[]) => Promise<R>,
  ): Promise<{ result: R; quarantined: Quarantined[] }> {
    const { log } = this.context;
    try {
      const { result, poisonous } = await isolate(items, {
        process,
        limit: this.limit - this.before.length,
        failureOf: (error) => {
          const failure = failureOf(error);
          if (failure !== undefined) log.warn({ err: error }, 'a model failed; the block is tried in halves');
          return failure;
        },
      });
      const quarantined = this.quarantinedOf(poisonous);
      this.before.push(...quarantined);
      for (const entry of quarantined) log.warn(entry, 'left out, because the model fails at it');
      return { result, quarantined };
    } catch (error) {
      if (!(error instanceof TooManyPoisonousError)) throw error;
      const { poisonous, cause } = error as TooManyPoisonousError<T>;
      throw this.refusal([...this.before, ...this.quarantinedOf(poisonous)], cause);
    }
  }

  private get limit(): number {
    return this.context.run.experiment.run.maxQuarantined;
  }

  private quarantinedOf(poisonous: readonly Poisonous<T>[]): Quarantined[] {
    return poisonous.map(({ item, reason }) => ({ ...this.identify(item), reason }));
  }

  private refusal(quarantined: readonly Quarantined[], last?: unknown): InvalidInputError {
    const { node, shard } = this.shard;
    const named = quarantined.slice(0, NAMED).map((entry) => `${nameOf(entry)} (${entry.reason})`);
    const more = quarantined.length > NAMED ? ` and ${quarantined.length - NAMED} more` : '';
    const how = last === undefined ? '' : `; the last failure: ${messageOf(last)}`;
    return new InvalidInputError(
      `Making shard ${shard} of ${node}: the model fails at ${named.join(', ')}${more}, more than the ${this.limit} that run.maxQuarantined allows in a shard${how}; mend the model, or allow more in a new run, which reuses what is done`,
    );
  }
}

/** `xquad-3`, or `xquad-3 ar 0` for a question. */
export function nameOf({ id, question }: Pick<Quarantined, 'id' | 'question'>): string {
  return question === undefined ? id : `${id} ${question.lang} ${question.index}`;
}

function failureOf(error: unknown): ModelFailure | undefined {
  if (error instanceof ModelFailureError) return error;
  if (error instanceof RequestRefusedError) return { reason: error.reason, fromOutside: false };
  return undefined;
}
