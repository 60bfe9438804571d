import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { MessageSource } from '../../../core/formats/arrow-messages.js';
import { projectRoot } from '../../../core/project-root.js';

describe('MessageSource', () => {
  it('hands a message over whole when the disk gives it in pieces', async () => {
    const file = await open(join(projectRoot(), 'test/golden/vectors/file-float32.arrow'));
    try {
      const [whole, inPieces] = [await MessageSource.open(file), await MessageSource.open(file)];
      const expected = await takeAll(whole);
      const read = file.read.bind(file);
      file.read = ((bytes: Uint8Array, offset: number, length: number, position: number) =>
        read(bytes, offset, Math.min(length, 7), position)) as typeof file.read;
      assert.deepEqual(await takeAll(inPieces), expected);
    } finally {
      await file.close();
    }
  });
});

async function takeAll(source: MessageSource): Promise<Uint8Array[]> {
  const taken: Uint8Array[] = [];
  for await (const bytes of source) taken.push(bytes.slice());
  return taken;
}
