/** Adding rows of float32 up. AssemblyScript, compiled to WebAssembly; numbers of type `usize` are addresses. */

const F32: usize = 4;

/**
 * Carries out `count` steps of three int32, in their order: the address of a row, the address of a sum, and 1 to add the
 * row to the sum, 0 to put it in its place. Rows have `width` values.
 */
export function addRows(steps: usize, count: i32, width: i32): void {
  const end = steps + (<usize>count) * 12;
  while (steps < end) {
    const row = <usize>load<u32>(steps);
    const sum = <usize>load<u32>(steps, 4);
    if (load<u32>(steps, 8) != 0) addRow(row, sum, width);
    else memory.copy(sum, row, (<usize>width) * F32);
    steps += 12;
  }
}

@inline
function addRow(row: usize, sum: usize, width: i32): void {
  const end = row + (<usize>width) * F32;
  const lastEight = end - 32;
  while (row <= lastEight) {
    v128.store(sum, f32x4.add(v128.load(sum), v128.load(row)));
    v128.store(sum, f32x4.add(v128.load(sum, 16), v128.load(row, 16)), 16);
    row += 32;
    sum += 32;
  }
  while (row < end) {
    store<f32>(sum, load<f32>(sum) + load<f32>(row));
    row += F32;
    sum += F32;
  }
}
