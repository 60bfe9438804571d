import { readFileSync } from 'node:fs';
import { InvalidInputError } from '../errors.js';

/** In bytes from the start of a kernel's memory. */
export type Address = number;

const PAGE = 65_536;
/** No array crosses a line of the processor's cache at its start. */
const ALIGNMENT = 64;

/** What WebAssembly can address. */
const MOST_PAGES = 65_536;

/** Memory of a WebAssembly kernel: what is reserved stays until it is cleared, and goes when nothing refers to the kernel any more. */
export class KernelMemory {
  readonly memory: WebAssembly.Memory;
  /** The first page is the module's own. */
  private end = PAGE;
  /** Where memory begins that was never handed out. */
  private fresh = PAGE;

  /** @param bytes all that there is to be, so that views stay good; default it grows */
  constructor(bytes?: number) {
    const pages = bytes === undefined ? { initial: 1 } : fixed(1 + Math.ceil(bytes / PAGE));
    this.memory = new WebAssembly.Memory(pages);
  }

  /**
   * Room for so many bytes, all 0. When memory grows, views of it that were made before are empty afterwards.
   * @throws InvalidInputError when there is no room for them
   */
  reserve(bytes: number): Address {
    const address = this.end;
    this.end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const missing = Math.ceil((this.end - this.memory.buffer.byteLength) / PAGE);
    if (missing > 0) this.grow(missing);
    if (address < this.fresh)
      new Uint8Array(this.memory.buffer).fill(0, address, Math.min(this.end, this.fresh));
    this.fresh = Math.max(this.fresh, this.end);
    return address;
  }

  /** Makes room for something else: what was reserved is no longer there. */
  clear(): void {
    this.end = PAGE;
  }

  private grow(pages: number): void {
    try {
      this.memory.grow(pages);
    } catch (cause) {
      const mib = Math.ceil(this.end / 2 ** 20);
      throw new InvalidInputError(
        `Reserving memory for vectors and rankings: ${mib} MiB are needed, more than the machine has or than a kernel can have (${(MOST_PAGES * PAGE) / 2 ** 20} MiB); search fewer queries or arms at once, or to a smaller depth`,
        { cause },
      );
    }
  }
}

function fixed(pages: number): { initial: number; maximum: number } {
  return { initial: pages, maximum: pages };
}

const modules = new Map<string, WebAssembly.Module>();

/** Starts a module that `asc` has made; the file is read and compiled once in a process. */
export function startModule(
  file: URL,
  { memory }: KernelMemory,
  functions: Readonly<Record<string, (...values: number[]) => void>> = {},
): WebAssembly.Instance['exports'] {
  const module = modules.get(file.href) ?? new WebAssembly.Module(readFileSync(file));
  modules.set(file.href, module);
  const abort = (): never => {
    throw new Error('Working on vectors: the kernel aborted');
  };
  return new WebAssembly.Instance(module, { env: { memory, abort, ...functions } }).exports;
}
