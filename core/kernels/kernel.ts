import { KernelMemory, startModule, type Address } from './wasm.js';

/** The functions of `assembly/`, where they are described. */
interface KernelFunctions {
  widen(halves: Address, count: number, out: Address): void;
  narrow(values: Address, count: number, out: Address): number;
  addRows(steps: Address, count: number, width: number): void;
}

/**
 * Loops over numbers in WebAssembly, which works on four at once, with memory of its own: what they work on is copied in
 * and out. That costs little while it stays in the processor's cache, so memory should be some hundred kilobytes.
 */
export class Kernel {
  readonly functions: KernelFunctions;
  private readonly memory: KernelMemory;

  /** @param bytes for all arrays together, and 64 for each */
  constructor(bytes: number) {
    this.memory = new KernelMemory(bytes);
    const file = new URL('kernel.wasm', import.meta.url);
    this.functions = startModule(file, this.memory) as unknown as KernelFunctions;
  }

  /** An array in the kernel's memory; its `byteOffset` is its address. Throws when there is no room left. */
  floats(length: number): Float32Array {
    return new Float32Array(this.buffer, this.memory.reserve(length * 4), length);
  }

  /** As {@link floats}. */
  halves(length: number): Uint16Array {
    return new Uint16Array(this.buffer, this.memory.reserve(length * 2), length);
  }

  /** As {@link floats}. */
  integers(length: number): Int32Array {
    return new Int32Array(this.buffer, this.memory.reserve(length * 4), length);
  }

  private get buffer(): ArrayBuffer {
    return this.memory.memory.buffer;
  }
}
