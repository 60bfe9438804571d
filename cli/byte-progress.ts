import { Presets, SingleBar } from 'cli-progress';
import { formatBytes } from '../core/report/units.js';
import type { Output } from './output.js';

/** Plain logs get a line this often. */
const LINE_EVERY_MS = 10_000;

export interface ByteProgress {
  update(bytes: number, totalBytes: number, what: string): void;
  stop(): void;
}

/**
 * How much of a known amount of bytes is done: a bar on a terminal, a line now and then in a log, nothing with
 * --json.
 *
 * @param done what is done with them, as a participle: `verified`
 */
export function createByteProgress(output: Output, done: string): ByteProgress {
  if (output.json) return { update: () => undefined, stop: () => undefined };
  return output.terminal ? bar(done) : lines(output, done);
}

function bar(done: string): ByteProgress {
  const shown = new SingleBar(
    { format: `{bar} {amount} ${done}, {duration_formatted}  {what}`, barsize: 24, hideCursor: true, fps: 5 },
    Presets.shades_grey,
  );
  shown.start(1, 0, { amount: formatBytes(0), what: '' });
  return {
    update(bytes, totalBytes, what) {
      shown.setTotal(Math.max(1, bytes, totalBytes));
      shown.update(bytes, { amount: amount(bytes, totalBytes), what });
    },
    stop: () => {
      shown.stop();
    },
  };
}

function lines(output: Output, done: string): ByteProgress {
  let told = Date.now();
  return {
    update(bytes, totalBytes, what) {
      if (Date.now() - told < LINE_EVERY_MS) return;
      told = Date.now();
      output.note(`${amount(bytes, totalBytes)} ${done}, ${what}`);
    },
    stop: () => undefined,
  };
}

function amount(bytes: number, totalBytes: number): string {
  return `${formatBytes(bytes)} of ${formatBytes(Math.max(bytes, totalBytes))}`;
}
