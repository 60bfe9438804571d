import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Hook } from './run-bench.js';

const HEARTBEAT_MS = 50;

/** Holds shards until it is opened, or until they are cancelled; then they are made as usual. */
export class Gate {
  private opened = false;
  private reach: () => void = () => undefined;
  /** Settles when a shard is held. */
  readonly reached = new Promise<void>((resolve) => {
    this.reach = resolve;
  });

  readonly hook: Hook = async (_ref, real) => {
    const activity = Context.current();
    this.reach();
    while (!this.opened) {
      activity.heartbeat();
      await Promise.race([delay(HEARTBEAT_MS), activity.cancelled]);
    }
    return real();
  };

  open(): void {
    this.opened = true;
  }
}
