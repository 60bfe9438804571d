import { availableParallelism } from 'node:os';
import type { Encoder } from '../core/models/encoder.js';
import type { Generator } from '../core/models/generator.js';
import { ModelClient, ModelProcessLostError } from './model-client.js';
import { ModelLease } from './model-lease.js';
import type { HeldModel } from './model-protocol.js';
import {
  remoteEncoder,
  remoteGenerator,
  type EncodingTimeLimit,
  type GenerationTimeLimit,
} from './remote-models.js';

export interface ComputeBudget {
  /** Model processes at work at once. */
  processes: number;
  /** Threads of each one's ONNX Runtime session. */
  threads: number;
  /** MiB of resident memory that an encoder's or generator's process may have; above it, it is killed. @default no limit */
  memoryMiB?: number;
}

/** Processes of one thread are the most efficient; with many cores, memory asks for fewer and wider ones. */
export function defaultBudget(cores: number = availableParallelism()): ComputeBudget {
  const threads = cores <= 4 ? 1 : 4;
  return { processes: Math.max(1, Math.floor(cores / threads)), threads };
}

type HeldWithoutThreads = HeldModel extends infer H
  ? H extends HeldModel
    ? Omit<H, 'threads'>
    : never
  : never;

/**
 * The model processes of one worker: started when first needed, kept for the worker's life, at most
 * `processes` at work at once over all models. Memory: up to `processes` × the size of each model in use.
 */
export class ModelPool {
  private readonly idle = new Map<string, ModelClient[]>();
  private readonly all = new Set<ModelClient>();
  private readonly queue: (() => void)[] = [];
  private free: number;
  private closed = false;

  constructor(readonly budget: ComputeBudget = defaultBudget()) {
    this.free = budget.processes;
  }

  /**
   * Runs `work` with a process that holds the model, for itself alone. Waits while all processes are busy.
   * When `signal` aborts, the process is ended: a native call cannot be interrupted in any other way.
   */
  async use<T>(
    model: HeldWithoutThreads,
    work: (client: ModelClient) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.lease(model, async (lease) => work(await lease.process()), signal);
  }

  /** Like `use`, with an encoder that has a fresh process after each failure. */
  async withEncoder<T>(
    model: Omit<HeldModel & { kind: 'encoder' }, 'threads'>,
    work: (encoder: Encoder) => Promise<T>,
    signal?: AbortSignal,
    timeLimit?: EncodingTimeLimit,
  ): Promise<T> {
    return this.lease(model, async (lease) => work(await remoteEncoder(lease, timeLimit)), signal);
  }

  /** Like `use`, with a generator that has a fresh process after each failure. */
  async withGenerator<T>(
    model: Omit<HeldModel & { kind: 'generator' }, 'threads'>,
    work: (generator: Generator) => Promise<T>,
    signal?: AbortSignal,
    timeLimit?: GenerationTimeLimit,
  ): Promise<T> {
    return this.lease(model, async (lease) => work(remoteGenerator(lease, timeLimit)), signal);
  }

  private async lease<T>(
    model: HeldWithoutThreads,
    work: (lease: ModelLease) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const held = { ...model, threads: this.budget.threads } as HeldModel;
    const key = JSON.stringify(held);
    await this.acquire();
    try {
      signal?.throwIfAborted();
      const start = async (): Promise<ModelClient> => this.start(held);
      const lease = new ModelLease({ start, take: async () => this.takeIdle(key) ?? start() });
      const end = (): void => void lease.end();
      signal?.addEventListener('abort', end, { once: true });
      try {
        return await work(lease);
      } finally {
        signal?.removeEventListener('abort', end);
        const { reusable } = lease;
        if (reusable !== undefined) this.idle.set(key, [...(this.idle.get(key) ?? []), reusable]);
      }
    } finally {
      this.release();
    }
  }

  /** Ends all processes, at work or not; nothing can be started afterwards. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.all].map((client) => client.stop()));
    this.all.clear();
    this.idle.clear();
  }

  /** A process that holds the model and has nothing to do. One may have been killed while it was idle. */
  private takeIdle(key: string): ModelClient | undefined {
    const idle = this.idle.get(key) ?? [];
    for (let client = idle.pop(); client !== undefined; client = idle.pop()) {
      if (client.alive) return client;
    }
    return undefined;
  }

  private async start(held: HeldModel): Promise<ModelClient> {
    if (this.closed)
      throw new ModelProcessLostError(
        'The worker is stopping and starts no more model processes',
        'stopped',
        'the worker is stopping',
      );
    for (const client of this.all) if (!client.alive) this.all.delete(client);
    const client = await ModelClient.start(held, held.kind === 'search' ? undefined : this.budget.memoryMiB);
    this.all.add(client);
    return client;
  }

  private async acquire(): Promise<void> {
    if (this.free > 0) {
      this.free--;
      return;
    }
    await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  private release(): void {
    const next = this.queue.shift();
    if (next === undefined) this.free++;
    else next();
  }
}
