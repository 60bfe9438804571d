/**
 * Steps of weights on either side of zero, one bit less than there is: processors without VNNI add two products in 16
 * bits, and 2 · 255 · 64 still fits. So the integers are the same everywhere.
 */
const WEIGHT_STEPS = 64;

/** Steps of activations on either side of zero. */
export const ACTIVATION_STEPS = 127;

/** Activations are stored as unsigned bytes around this: the faster kernels take unsigned by signed. */
export const ZERO_POINT = 128;

/**
 * Weights as integers with a scale for each column, `weights[·, n] ≈ scales[n] · quantized[·, n]`.
 * @param values [rows, columns], row-major
 * @param padded columns of the result; those beyond `columns` are zeros, of scale 1
 */
export function quantizeColumns(
  values: Float32Array,
  rows: number,
  columns: number,
  padded = columns,
): { quantized: Int8Array; scales: Float32Array } {
  const scales = new Float32Array(padded);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, at++) {
      const size = Math.abs(values[at] as number);
      if (size > (scales[column] as number)) scales[column] = size;
    }
  for (let column = 0; column < padded; column++)
    scales[column] = (scales[column] as number) / WEIGHT_STEPS || 1;
  const quantized = new Int8Array(rows * padded);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, at++)
      quantized[row * padded + column] = Math.round((values[at] as number) / (scales[column] as number));
  return { quantized, scales };
}
