import { Kernel } from '../kernels/kernel.js';

/** Of vectors and of sums that are at work at once: together they stay in the processor's cache. */
const BYTES_AT_ONCE = 98_304;
/** int32 of a step of the kernel's `addRows`. */
const STEP = 3;
const NO_SLOT = -1;

/** Sums of vectors. */
export class RowSums {
  /** 1 for each row that something was added to. */
  readonly begun: Uint8Array;
  /** Where the adder has the sum of the row at work. */
  slot = NO_SLOT;

  /** @param data rows × dimensions float32; what is there is not looked at */
  constructor(
    readonly data: Float32Array,
    private readonly dimensions: number,
  ) {
    this.begun = new Uint8Array(data.length / dimensions);
  }

  /** The sums, and zeros in rows that nothing was added to. */
  whole(): Float32Array {
    const { data, begun, dimensions } = this;
    for (let row = begun.indexOf(0); row !== -1; row = begun.indexOf(0, row + 1))
      data.fill(0, row * dimensions, (row + 1) * dimensions);
    return data;
  }
}

/**
 * Adds vectors to rows of sums by the kernel: some vectors are copied into its memory, the sums that they belong to are made
 * beside them, and each of these is copied to its place. A row's first vector is put there as it is, and others are added
 * in float32, in the order given.
 */
export class RowAdder {
  /** Vectors that are taken at once. */
  readonly capacity: number;
  private readonly functions: Kernel['functions'];
  private readonly vectors: Float32Array;
  private readonly slots: readonly Float32Array[];
  /** Of each slot in use: whose sum it has, and of which row. */
  private readonly owners: RowSums[] = [];
  private readonly rows: number[] = [];
  private readonly steps: Int32Array;
  private stepsEnd = 0;

  constructor(private readonly dimensions: number) {
    const rowBytes = dimensions * Float32Array.BYTES_PER_ELEMENT;
    this.capacity = Math.max(1, Math.floor(BYTES_AT_ONCE / rowBytes));
    const values = this.capacity * dimensions;
    // As many sums as vectors, and twice as many steps: when there are more, they are made in several turns.
    const steps = 2 * this.capacity * STEP;
    const kernel = new Kernel(2 * this.capacity * rowBytes + steps * Int32Array.BYTES_PER_ELEMENT + 192);
    this.functions = kernel.functions;
    this.vectors = kernel.floats(values);
    const sums = kernel.floats(values);
    this.slots = Array.from({ length: this.capacity }, (_, slot) =>
      sums.subarray(slot * dimensions, (slot + 1) * dimensions),
    );
    this.steps = kernel.integers(steps);
  }

  /** @param vectors at most {@link capacity}, row-major; they take the place of those before */
  load(vectors: Float32Array): void {
    this.finish();
    this.vectors.set(vectors);
  }

  /**
   * Adds a vector to a row of sums, which are good after {@link finish}. What is added to one row of one
   * `sums` comes one after the other.
   * @param position of the vector among those loaded
   */
  add(position: number, sums: RowSums, row: number): void {
    if (this.stepsEnd === this.steps.length) this.finish();
    let { slot } = sums;
    let plus = 1;
    if (slot === NO_SLOT || this.rows[slot] !== row) {
      if (this.owners.length === this.slots.length) this.finish();
      slot = this.owners.length;
      this.owners.push(sums);
      this.rows.push(row);
      sums.slot = slot;
      const from = row * this.dimensions;
      if (sums.begun[row] === 1) this.sumAt(slot).set(sums.data.subarray(from, from + this.dimensions));
      else plus = 0;
      sums.begun[row] = 1;
    }
    const { steps } = this;
    steps[this.stepsEnd++] =
      this.vectors.byteOffset + position * this.dimensions * this.vectors.BYTES_PER_ELEMENT;
    steps[this.stepsEnd++] = this.sumAt(slot).byteOffset;
    steps[this.stepsEnd++] = plus;
  }

  /** Carries out what was asked for. */
  finish(): void {
    this.functions.addRows(this.steps.byteOffset, this.stepsEnd / STEP, this.dimensions);
    this.stepsEnd = 0;
    for (const [slot, owner] of this.owners.entries()) {
      owner.data.set(this.sumAt(slot), (this.rows[slot] as number) * this.dimensions);
      owner.slot = NO_SLOT;
    }
    this.owners.length = 0;
    this.rows.length = 0;
  }

  private sumAt(slot: number): Float32Array {
    return this.slots[slot] as Float32Array;
  }
}
