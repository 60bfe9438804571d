import assert from 'node:assert/strict';
import { sliceStrings } from '../../../core/formats/slice-strings.js';

function stored(strings: string[]): { bytes: Uint8Array; offsets: Int32Array } {
  const offsets = new Int32Array(strings.length + 1);
  strings.forEach((string, i) => (offsets[i + 1] = offsets[i]! + Buffer.byteLength(string)));
  return { bytes: Buffer.from(strings.join('')), offsets };
}

describe('sliceStrings', () => {
  const ids = Array.from({ length: 50 }, (_, i) => (i === 30 ? '' : `passage-${i ** 3}`));

  it('takes strings of any length out of ASCII', () => {
    const { bytes, offsets } = stored(ids);
    assert.deepEqual(sliceStrings(bytes, offsets, 0, 50), ids);
  });

  it('takes some of them', () => {
    const { bytes, offsets } = stored(ids);
    assert.deepEqual(sliceStrings(bytes, offsets, 21, 43), ids.slice(21, 43));
  });

  it('decodes other letters', () => {
    const others = ids.map((id, i) => (i === 45 ? 'dök-দ' : id));
    const { bytes, offsets } = stored(others);
    assert.deepEqual(sliceStrings(bytes, offsets, 21, 50), others.slice(21));
  });
});
