import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vectorsFromIpc, type Precision } from '../../../core/formats/vectors.js';
import { randomStream } from '../../../core/random-stream.js';
import type { Comparison } from '../comparison.js';
import { startOurSide, startPythonSide, type Side } from '../side-process.js';

const ROWS = 100_000;
const DIMENSIONS = 384;

const SIZE = `100,000 × ${DIMENSIONS} vectors with docIds (Arrow)`;
const WORK = {
  write: { what: `write ${SIZE}`, against: 'pyarrow and NumPy' },
  read: { what: `read ${SIZE}`, against: 'pyarrow and NumPy' },
  // Of a row, the id and the first value are kept: so every page of a mapped file is looked at.
  stream: {
    what: `read ${SIZE}, batch by batch as \`xqg search\` does`,
    against: 'pyarrow, the file mapped, and NumPy',
  },
};

/** Writing and reading an artifact of vectors, in the two forms that it has. */
export const vectors: readonly Comparison[] = (['float32', 'float16'] as const).flatMap((precision) => [
  row('write', precision),
  row('read', precision),
  row('stream', precision),
]);

function row(work: keyof typeof WORK, precision: Precision): Comparison {
  const { what, against } = WORK[work];
  return {
    id: `${work}-vectors-${precision}`,
    what: `${what}: float32 in memory, ${precision} on disk`,
    against,
    target: 0.7,
    // Neither side uses more.
    threads: 1,
    async open({ folder, python, threads }) {
      const values = join(folder, 'values.f32');
      await writeFile(values, new Uint8Array(unitVectors().buffer));
      const sideIn = (name: string, start: (input: object) => Promise<Side>) =>
        start({ work, precision, values, dimensions: DIMENSIONS, file: join(folder, `${name}.arrow`) });
      const ours = await sideIn('ours', (input) => startOurSide('vectors', { name: 'xqg', threads, input }));
      const peer = await sideIn('peer', (input) =>
        startPythonSide(python, 'vectors', { name: 'pyarrow', threads, input }),
      );
      const saved = async (side: Side): Promise<Buffer> => {
        const path = join(folder, `${side.name}.saved`);
        await side.save(path);
        return readFile(path);
      };
      return {
        ours,
        peers: [peer],
        check: async () => {
          const [own, theirs] = [await saved(ours), await saved(peer)];
          if (work !== 'write') return sameValues(own, theirs);
          const [written, reference] = [vectorsFromIpc(own), vectorsFromIpc(theirs)];
          if (written.ids.join() !== reference.ids.join()) throw new Error('Writing vectors: other ids');
          return sameValues(bytesOf(written.columns[0]?.data), bytesOf(reference.columns[0]?.data));
        },
      };
    },
  };
}

/** Of about length 1; float16 has something to round. */
function unitVectors(): Float32Array<ArrayBuffer> {
  const random = randomStream(['vectors']);
  const scale = Math.sqrt(12 / DIMENSIONS);
  return Float32Array.from({ length: ROWS * DIMENSIONS }, () => (random() - 0.5) * scale);
}

function bytesOf(values: Float32Array = new Float32Array()): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

function sameValues(own: Buffer, theirs: Buffer): string {
  if (own.length === 0 || !own.equals(theirs)) throw new Error('Vectors: the sides hold other values');
  return 'the same ids and values, bit for bit';
}
