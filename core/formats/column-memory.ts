import { KeptMemory } from './kept-memory.js';

/** Memory for the columns of one shard or block after the other: what is in a column is good until it is taken again. */
export class ColumnMemory {
  private readonly kept: KeptMemory[] = [];

  /** As many values as asked for, whatever they are. @param column counted from 0; each has memory of its own */
  take(column: number, length: number): Float32Array {
    return (this.kept[column] ??= new KeptMemory()).takeFloats(length);
  }
}
