import { Presets, SingleBar } from 'cli-progress';
import type { Output } from './output.js';

/** Plain logs get a line this often. */
const LINE_EVERY_MS = 10_000;

/** How far a single step is: a counter on a terminal, a line now and then in a log, nothing with --json. */
export function createStepProgress(
  output: Output,
  unit: string,
): { update(done: number): void; stop(): void } {
  if (output.json) return { update: () => undefined, stop: () => undefined };
  if (output.terminal) {
    const bar = new SingleBar(
      { format: `{value} ${unit}, {duration_formatted}`, hideCursor: true },
      Presets.rect,
    );
    bar.start(0, 0);
    return {
      update: (done) => {
        bar.update(done);
      },
      stop: () => {
        bar.stop();
      },
    };
  }
  let told = Date.now();
  return {
    update: (done) => {
      if (Date.now() - told < LINE_EVERY_MS) return;
      told = Date.now();
      output.note(`${done.toLocaleString('en')} ${unit}`);
    },
    stop: () => undefined,
  };
}
