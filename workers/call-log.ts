import { appendFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import { monotonicMs } from '../core/artifacts/block-at-work.js';
import { sha256Hex } from '../core/artifacts/digest.js';
import type { ModelRequest } from './model-protocol.js';

/** Names the file; without it nothing is written down. */
export const CALL_LOG_VARIABLE = 'XQG_CALL_LOG';

/** One line of the log: a request that a model process took on to make a block. */
export interface ModelCall {
  /** Milliseconds of the machine's monotonic clock, when the work began. */
  at: number;
  /** Of the model process, and of the worker that owns it. */
  pid: number;
  worker: number;
  operation: string;
  /** sha256 of what was asked. */
  input: string;
  /** Key of the record that the block will have. */
  block: string;
  /** When the record was asked for in the store and not found, by the same clock. */
  missingSince: number;
}

/**
 * Writes down what a model process is about to compute for a block, so that work that was done twice can be
 * counted. Before the work, and with one write: the line is there even if the process is killed the next moment.
 */
export function logCall(
  { operation, input, block }: ModelRequest,
  file = process.env[CALL_LOG_VARIABLE],
): void {
  if (!file || block === undefined) return;
  const call: ModelCall = {
    at: monotonicMs(),
    pid: process.pid,
    worker: process.ppid,
    operation,
    input: sha256Hex(serialize(input)),
    block: block.record,
    missingSince: block.missingSince,
  };
  appendFileSync(file, `${JSON.stringify(call)}\n`);
}
