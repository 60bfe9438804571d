/**
 * Loaded into model processes by `NODE_OPTIONS=--import`: writes down when each inference began and ended, in milliseconds
 * of the machine's clock, into the file that XQG_BENCH_RUNS names.
 */
import { appendFileSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';

const file = process.env['XQG_BENCH_RUNS'];
if (file !== undefined) {
  const { prototype } = InferenceSession as unknown as {
    prototype: { run(...input: unknown[]): Promise<unknown> };
  };
  const run = prototype.run;
  prototype.run = async function (...input) {
    const started = performance.timeOrigin + performance.now();
    try {
      return await run.apply(this, input);
    } finally {
      appendFileSync(file, `${started} ${performance.timeOrigin + performance.now()}\n`);
    }
  };
}
