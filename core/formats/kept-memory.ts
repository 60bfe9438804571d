/** Memory for one thing after the other: each lies over the one before, since new memory takes longer than what is done with it. */
export class KeptMemory {
  private kept: Uint8Array = new Uint8Array(0);

  /** So many bytes, aligned for numbers of any size. They hold what was there before. */
  take(bytes: number): Uint8Array {
    // With room to spare: sizes often creep up, as with ids that count.
    if (this.kept.length < bytes) this.kept = unfilled(bytes + (bytes >> 3));
    return this.kept.subarray(0, bytes);
  }

  /** The same as floats. */
  takeFloats(length: number): Float32Array {
    const { buffer, byteOffset } = this.take(length * Float32Array.BYTES_PER_ELEMENT);
    return new Float32Array(buffer, byteOffset, length);
  }
}

/** New memory without zeros in it, aligned for numbers of any size. */
export function unfilled(bytes: number): Uint8Array {
  return Buffer.allocUnsafeSlow(bytes);
}

/** New memory for floats, without zeros in it. */
export function unfilledFloats(length: number): Float32Array {
  return new Float32Array(unfilled(length * Float32Array.BYTES_PER_ELEMENT).buffer);
}
