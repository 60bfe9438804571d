import { open } from 'node:fs/promises';
import { ObjectNotFoundError, type Store } from '../store/store.js';

/** Random access to the bytes of one file, wherever it lies. */
export interface RangedSource {
  /** For messages: a path or URI. */
  readonly name: string;
  readonly byteLength: number;
  /** Bytes [start, end). */
  read(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function bytesSource(bytes: Uint8Array, name: string): RangedSource {
  return {
    name,
    byteLength: bytes.byteLength,
    read: async (start, end) => bytes.subarray(start, end),
    close: async () => undefined,
  };
}

/** A local file; keeps it open until `close`. */
export async function fileSource(path: string): Promise<RangedSource> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return {
    name: path,
    byteLength: size,
    read: async (start, end) => {
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    close: () => file.close(),
  };
}

/** An object of a store, read by ranged gets. */
export async function storeSource(store: Store, key: string): Promise<RangedSource> {
  const name = `${store.uri.replace(/\/$/, '')}/${key}`;
  const info = await store.head(key);
  if (!info) throw new ObjectNotFoundError(name);
  return {
    name,
    byteLength: info.size,
    read: (start, end) => store.getRange(key, start, end),
    close: async () => undefined,
  };
}
