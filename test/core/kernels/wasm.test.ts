import assert from 'node:assert/strict';
import { KernelMemory } from '../../../core/kernels/wasm.js';

describe('memory of a kernel', () => {
  it('is handed out in pieces that do not overlap, and grows', () => {
    const memory = new KernelMemory();
    const [first, second] = [memory.reserve(100), memory.reserve(1_000_000)];
    assert.ok(second >= first + 100);
    assert.ok(memory.memory.buffer.byteLength >= second + 1_000_000);
  });

  it('is all zeros again when it was cleared, and no larger', () => {
    const memory = new KernelMemory();
    const address = memory.reserve(1_000_000);
    new Uint8Array(memory.memory.buffer).fill(1, address);
    const { byteLength } = memory.memory.buffer;
    memory.clear();
    assert.equal(memory.reserve(300_000), address);
    memory.reserve(700_000);
    assert.equal(memory.memory.buffer.byteLength, byteLength);
    const bytes = new Uint8Array(memory.memory.buffer, address, 300_000);
    assert.ok(bytes.every((byte) => byte === 0));
  });

  it('says what to do when a kernel cannot have so much', () => {
    assert.throws(() => new KernelMemory().reserve(2 ** 32), {
      name: 'InvalidInputError',
      message: /4097 MiB are needed.*search fewer queries or arms at once, or to a smaller depth/,
    });
  });

  it('stays where it is when its size was given', () => {
    const memory = new KernelMemory(1000);
    const { buffer } = memory.memory;
    memory.reserve(1000);
    assert.equal(memory.memory.buffer, buffer);
    assert.throws(() => memory.reserve(100_000), { name: 'InvalidInputError' });
  });
});
