import { KernelMemory, startModule, type Address } from '../kernels/wasm.js';
import { KernelRecord } from './kernel-records.js';

/**
 * The functions of `assembly/`, where they are described: loops over vectors and scores in WebAssembly, which works on
 * four numbers at once. Objects are {@link KernelRecord}s, and address 0 is null.
 */
export interface ScanFunctions {
  add(values: Address, count: number, out: Address): void;
  dots(a: Address, b: Address, bStep: number, rows: number, width: number, out: Address): void;
  scaleOf(rows: Address, count: number, width: number, center: Address): number;
  quantise(
    rows: Address,
    count: number,
    width: number,
    center: Address,
    scale: number,
    out: Address,
    remainders: Address,
    errors: Address,
    other: Address,
    products: Address,
  ): void;
  scaled(row: Address, factor: number, width: number, out: Address): void;
  quantiseQuery(
    query: Address,
    width: number,
    center: Address,
    largest: number,
    out: Address,
    stride: number,
    scales: Address,
    errors: Address,
    forms: Address,
  ): void;
  ranges(values: Address, count: number, out: Address): void;
  boundGroups(products: Address, start: number, end: number, queries: number): void;
  fillCuts(arm: Address, rankings: Address, count: number): void;
  scan(tile: Address, base: Address, bundles: Address, count: number, rankings: Address): void;
  offer(rankings: Address, ranking: number, scores: Address, docs: Address, count: number): void;
  settle(rankings: Address, ranking: number): void;
}

/** Values in the kernel's memory. */
export interface Region<T> {
  readonly address: Address;
  /** A view that is good until the next allocation. */
  readonly values: T;
}

interface ArrayType<T> {
  new (buffer: ArrayBuffer, offset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

/** The kernel with memory of its own, which only grows, and goes when nothing refers to the kernel any more. */
export class ScanKernel {
  readonly functions: ScanFunctions;
  /** Passages that are passed over together. */
  readonly group: number;
  /** Passages whose exact products are remembered at once. */
  readonly block: number;
  private readonly memory = new KernelMemory();
  /** Puts documents of equal scores into their order, where not all of them are kept. */
  sortTied: (docs: Uint32Array) => void = () => undefined;

  constructor() {
    const exports = startModule(new URL('scan-kernel.wasm', import.meta.url), this.memory, {
      sortByDocId: (docs: Address, count: number) =>
        this.sortTied(new Uint32Array(this.memory.memory.buffer, docs, count)),
    });
    this.functions = exports as unknown as ScanFunctions;
    const constants = exports as unknown as Record<'GROUP' | 'BLOCK', { value: number }>;
    this.group = constants.GROUP.value;
    this.block = constants.BLOCK.value;
  }

  /** Makes room for another search: records and values of the one before are no longer there. */
  clear(): void {
    this.memory.clear();
  }

  floats(length: number): Region<Float32Array> {
    return this.allocate(Float32Array, length);
  }

  bits(length: number): Region<Uint32Array> {
    return this.allocate(Uint32Array, Math.ceil(length / 32));
  }

  unsigned(length: number): Region<Uint32Array> {
    return this.allocate(Uint32Array, length);
  }

  doubles(length: number): Region<Float64Array> {
    return this.allocate(Float64Array, length);
  }

  record<L extends ConstructorParameters<typeof KernelRecord>[0]>(layout: L): KernelRecord<L> {
    return new KernelRecord(layout, this.bytes(KernelRecord.sizeOf(layout)));
  }

  bytes(length: number): Region<Uint8Array> {
    return this.allocate(Uint8Array, length);
  }

  signedBytes(length: number): Region<Int8Array> {
    return this.allocate(Int8Array, length);
  }

  private allocate<T extends { buffer: ArrayBufferLike }>(type: ArrayType<T>, length: number): Region<T> {
    const address = this.memory.reserve(length * type.BYTES_PER_ELEMENT);
    const { memory } = this.memory;
    let view = new type(memory.buffer, address, length);
    return {
      address,
      get values() {
        // Growing leaves earlier views empty.
        if (view.buffer !== memory.buffer) view = new type(memory.buffer, address, length);
        return view;
      },
    };
  }
}

/** Values of a vector's row in the kernel's memory: a multiple of 16, filled up with zeros. */
export function paddedWidth(dimensions: number): number {
  return Math.ceil(dimensions / 16) * 16;
}

/** Copies rows of `dimensions` values into rows of `width` values; what is behind them in `out` stays. */
export function copyRows(rows: Float32Array, dimensions: number, out: Float32Array, width: number): void {
  if (dimensions === width) out.set(rows);
  else
    for (let from = 0, to = 0; from < rows.length; from += dimensions, to += width)
      out.set(rows.subarray(from, from + dimensions), to);
}
