import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { blockAtWork } from '../core/artifacts/block-at-work.js';
import { watchMemory } from './memory-watch.js';
import type {
  HeldModel,
  ModelOperation,
  ModelOperations,
  ModelReply,
  ModelRequest,
} from './model-protocol.js';
import { modelProcessSettings } from './process-settings.js';
import { receiveError } from './transferred-error.js';

/**
 * Why a model process is gone: it ended or was ended from outside, did not answer within its time, took more
 * memory than it may, or its owner wanted it to end.
 */
export type LossKind = 'ended' | 'late' | 'memory' | 'stopped';

/** Thrown when a model process ended before it answered. The work may be tried again, on a new process. */
export class ModelProcessLostError extends Error {
  override readonly name = 'ModelProcessLostError';

  /** @param reason the same whenever it happens like that: no process ids, no times */
  constructor(
    message: string,
    readonly kind: LossKind,
    readonly reason: string,
  ) {
    super(message);
  }
}

export interface RequestOptions {
  onProgress?: ((finished: number) => void) | undefined;
  /** Milliseconds after which the process counts as hanging and is killed. @default no limit */
  timeLimit?: number | undefined;
}

/** Timers take no more; 24 days will do. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Waiting {
  resolve(output: unknown): void;
  reject(error: Error): void;
  onProgress?: ((finished: number) => void) | undefined;
}

/**
 * The parent's side of a model process. Requests are answered in order; the parent's event loop stays free
 * while the native call blocks the child's. The child ends when its parent does.
 */
export class ModelClient {
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;
  private lost: Error | undefined;
  private unwatch: () => void = () => undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly held: HeldModel,
    memoryMiB: number | undefined,
  ) {
    child.on('message', (reply) => {
      this.onReply(reply as ModelReply);
    });
    child.on('exit', (code, signal) => {
      this.unwatch();
      this.onLost('ended', signal === null ? `ended with exit code ${String(code)}` : `ended by ${signal}`);
    });
    child.on('error', (error) => {
      this.onLost('ended', `cannot be reached: ${error.message}`);
      child.kill('SIGKILL');
    });
    if (memoryMiB !== undefined && child.pid !== undefined)
      this.unwatch = watchMemory(child.pid, memoryMiB, () => {
        this.onLost('memory', `ran out of memory: over ${memoryMiB} MiB (--model-memory)`);
        child.kill('SIGKILL');
      });
  }

  /**
   * Starts a process and waits until it holds the model. Throws what loading the model threw.
   * @param memoryMiB resident memory above which the process is killed; default none
   */
  static async start(held: HeldModel, memoryMiB?: number): Promise<ModelClient> {
    const child = fork(
      fileURLToPath(new URL('./model-process.js', import.meta.url)),
      [JSON.stringify(held)],
      {
        serialization: 'advanced',
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        ...modelProcessSettings(),
      },
    );
    const client = new ModelClient(child, held, memoryMiB);
    try {
      await new Promise<void>((resolve, reject) => {
        client.waiting.set(-1, { resolve: () => resolve(), reject });
      });
      return client;
    } catch (error) {
      await client.stop();
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get alive(): boolean {
    return this.lost === undefined;
  }

  async request<O extends ModelOperation>(
    operation: O,
    input: ModelOperations[O]['input'],
    { onProgress, timeLimit }: RequestOptions = {},
  ): Promise<ModelOperations[O]['output']> {
    if (this.lost !== undefined) throw this.lost;
    const id = this.nextId++;
    const timer =
      timeLimit === undefined
        ? undefined
        : setTimeout(
            () => {
              this.onLost('late', 'gave no answer within its time (run.hangLimit)');
              this.child.kill('SIGKILL');
            },
            Math.min(timeLimit, LONGEST_TIMER_MS),
          );
    try {
      return await new Promise<ModelOperations[O]['output']>((resolve, reject) => {
        this.waiting.set(id, {
          resolve: (output) => resolve(output as ModelOperations[O]['output']),
          reject,
          onProgress,
        });
        const sent: ModelRequest<O> = { id, operation, input, block: blockAtWork() };
        this.child.send(sent);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process, whatever it is doing; what waits for it is rejected. */
  async stop(): Promise<void> {
    this.onLost('stopped', 'was ended by its owner');
    const { child } = this;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  private onReply(reply: ModelReply): void {
    if (reply.type === 'ready') return this.settle(-1, (entry) => entry.resolve(undefined));
    if (reply.type === 'progress') return this.waiting.get(reply.id)?.onProgress?.(reply.finished);
    if (reply.type === 'result') return this.settle(reply.id, (entry) => entry.resolve(reply.output));
    const error = receiveError(reply.error);
    this.settle(reply.id ?? -1, (entry) => entry.reject(error));
  }

  private settle(id: number, how: (entry: Waiting) => void): void {
    const entry = this.waiting.get(id);
    this.waiting.delete(id);
    if (entry !== undefined) how(entry);
  }

  /** From now on nobody is answered. Called more than once, the first reason counts. */
  private onLost(kind: LossKind, how: string): void {
    if (this.lost !== undefined) return;
    const lost = new ModelProcessLostError(
      `The process that holds the ${this.held.kind} ${how} while ${this.waiting.size} request(s) waited for it`,
      kind,
      `the model process ${how}`,
    );
    this.lost = lost;
    for (const id of [...this.waiting.keys()]) this.settle(id, (entry) => entry.reject(lost));
  }
}
