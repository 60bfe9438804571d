import type { Region } from './scan-kernel.js';

/** The classes of `assembly/`: fields in the order of their declaration, where they are described. */
export const PRODUCTS = {
  coarse: 'word',
  offsets: 'word',
  remainders: 'word',
  base: 'word',
  errors: 'word',
  unit: 'float32',
  vectors: 'word',
  groups: 'word',
  memo: 'word',
  known: 'word',
} as const;

export const TILE = {
  passages: 'word',
  asked: 'word',
  queries: 'word',
  width: 'word',
  firstDoc: 'word',
  positions: 'word',
  vectors: 'word',
  work: 'word',
  block: 'word',
} as const;

export const BUNDLE = {
  directed: 'word',
  arms: 'word',
  end: 'word',
} as const;

export const ARM = {
  own: 'float64',
  added: 'float64',
  scales: 'word',
  units: 'word',
  inverse: 'word',
  inverseRanges: 'word',
  constants: 'word',
  constantBounds: 'word',
  cuts: 'word',
  guesses: 'word',
  firstRanking: 'word',
  reached: 'word',
} as const;

export const RANKINGS = {
  depth: 'word',
  full: 'word',
  capacity: 'word',
  scores: 'word',
  docs: 'word',
  counts: 'word',
  thresholds: 'word',
  work: 'word',
  tied: 'word',
} as const;

/** `word`: an integer or an address, 4 bytes. */
type Layout = Readonly<Record<string, 'word' | 'float32' | 'float64'>>;

const BYTES = { word: 4, float32: 4, float64: 8 };

/** An object of the kernel's, to be handed to its functions by its address. */
export class KernelRecord<L extends Layout> {
  private readonly fields: readonly { field: string; type: Layout[string]; at: number }[];
  private view: DataView = new DataView(new ArrayBuffer(0));

  constructor(
    layout: L,
    private readonly region: Region<Uint8Array>,
  ) {
    this.fields = placesOf(layout);
  }

  get address(): number {
    return this.region.address;
  }

  set(values: { readonly [Field in keyof L]?: number }): void {
    const view = this.viewed();
    for (const { field, type, at } of this.fields) {
      const value = values[field];
      if (value === undefined) continue;
      if (type === 'word') view.setUint32(at, value, true);
      else if (type === 'float32') view.setFloat32(at, value, true);
      else view.setFloat64(at, value, true);
    }
  }

  /** Bytes of an object. */
  static sizeOf(layout: Layout): number {
    return placesOf(layout).reduce((_, { type, at }) => at + BYTES[type], 0);
  }

  private viewed(): DataView {
    const { buffer, byteOffset, byteLength } = this.region.values;
    // Growing leaves earlier views empty.
    if (this.view.buffer !== buffer) this.view = new DataView(buffer, byteOffset, byteLength);
    return this.view;
  }
}

/** Where each field of an object is, from its address on. */
function placesOf(layout: Layout): { field: string; type: Layout[string]; at: number }[] {
  let end = 0;
  return Object.entries(layout).map(([field, type]) => {
    const at = Math.ceil(end / BYTES[type]) * BYTES[type];
    end = at + BYTES[type];
    return { field, type, at };
  });
}
