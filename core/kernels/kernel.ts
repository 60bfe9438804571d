import { readFileSync } from 'node:fs';

/** The functions of `assembly/`, where they are described. `Address` is in bytes from the start of the kernel's memory. */
interface KernelFunctions {
  widen(halves: Address, count: number, out: Address): void;
  narrow(values: Address, count: number, out: Address): number;
  addRows(steps: Address, count: number, width: number): void;
}

export type Address = number;

const PAGE = 65_536;
/** No array crosses a line of the processor's cache at its start. */
const ALIGNMENT = 64;

let compiled: WebAssembly.Module | undefined;

/**
 * Loops over numbers in WebAssembly, which works on four at once, with memory of its own: what they work on is copied in
 * and out. That costs little while it stays in the processor's cache, so memory should be some hundred kilobytes.
 */
export class Kernel {
  readonly functions: KernelFunctions;
  private readonly memory: WebAssembly.Memory;
  /** The first page is the module's own. */
  private end = PAGE;

  /** @param bytes for all arrays together, and 64 for each */
  constructor(bytes: number) {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('kernel.wasm', import.meta.url)));
    this.memory = new WebAssembly.Memory({ initial: 1 + Math.ceil(bytes / PAGE) });
    const abort = (): never => {
      throw new Error('Working on vectors: the kernel aborted');
    };
    this.functions = new WebAssembly.Instance(compiled, { env: { memory: this.memory, abort } })
      .exports as unknown as KernelFunctions;
  }

  /** An array in the kernel's memory; its `byteOffset` is its address. Throws a RangeError when there is no room left. */
  floats(length: number): Float32Array {
    return new Float32Array(this.memory.buffer, this.reserve(length * 4), length);
  }

  /** As {@link floats}. */
  halves(length: number): Uint16Array {
    return new Uint16Array(this.memory.buffer, this.reserve(length * 2), length);
  }

  /** As {@link floats}. */
  integers(length: number): Int32Array {
    return new Int32Array(this.memory.buffer, this.reserve(length * 4), length);
  }

  private reserve(bytes: number): Address {
    const address = this.end;
    this.end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return address;
  }
}
