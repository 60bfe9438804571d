import type { Address } from '../kernels/wasm.js';
import type { Region, ScanKernel } from './scan-kernel.js';

/**
 * Writes the mean of some rows, in float32.
 * @param rows where they are; each has as many values as `out`, a multiple of 16
 */
export function meanOfRows(kernel: ScanKernel, rows: readonly Address[], out: Region<Float32Array>): void {
  const mean = out.values;
  mean.fill(0);
  for (const row of rows) kernel.functions.add(row, mean.length, out.address);
  for (let d = 0; d < mean.length; d++) mean[d] = (mean[d] as number) / Math.max(1, rows.length);
}
