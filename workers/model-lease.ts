import { ModelFailureError, NotFiniteVectorError } from '../core/models/model-failure.js';
import { ModelProcessLostError, type ModelClient, type RequestOptions } from './model-client.js';
import type { ModelOperation, ModelOperations } from './model-protocol.js';
import { ThrownByModelError } from './transferred-error.js';

/** How a lease comes by its processes. */
export interface ProcessSource {
  /** One that is there and idle, or a new one. */
  take(): Promise<ModelClient>;
  /** A new one. */
  start(): Promise<ModelClient>;
}

/**
 * The use of one of a pool's processes for a time. A process at which a request failed is ended, since nobody knows
 * in which state it is, and the next request has a fresh one.
 */
export class ModelLease {
  private client: ModelClient | undefined;
  private ended = false;
  private used = false;

  constructor(private readonly processes: ProcessSource) {}

  /** The process that takes the next request. */
  async process(): Promise<ModelClient> {
    if (this.client?.alive === true) return this.client;
    const client = await (this.used ? this.processes.start() : this.processes.take());
    this.used = true;
    this.client = client;
    if (this.ended) await client.stop();
    return client;
  }

  /** @throws ModelFailureError when process or model failed at the request; other errors as they are */
  async request<O extends ModelOperation>(
    operation: O,
    input: ModelOperations[O]['input'],
    options?: RequestOptions,
  ): Promise<ModelOperations[O]['output']> {
    const client = await this.process();
    try {
      return await client.request(operation, input, options);
    } catch (error) {
      const failure = modelFailure(error);
      if (failure === undefined) throw error;
      await client.stop();
      throw failure;
    }
  }

  /** Ends the process, whatever it is doing, and any that would take its place. */
  async end(): Promise<void> {
    this.ended = true;
    await this.client?.stop();
  }

  /** The process to give back, when it is of further use. */
  get reusable(): ModelClient | undefined {
    return this.client?.alive === true ? this.client : undefined;
  }
}

/** What may be the fault of what was asked; undefined for everything else. */
function modelFailure(error: unknown): ModelFailureError | undefined {
  if (error instanceof ThrownByModelError || error instanceof NotFiniteVectorError)
    return new ModelFailureError(error.message, error.message, false, { cause: error });
  if (!(error instanceof ModelProcessLostError) || error.kind === 'stopped') return undefined;
  return new ModelFailureError(error.message, error.reason, error.kind === 'ended', { cause: error });
}
