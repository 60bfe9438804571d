import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { randomStream } from '../../core/random-stream.js';

const ROWS_AT_ONCE = 8192;

/** Rows of float32 values written to files, piece by piece: what is compared is larger than what one buffer holds. */
export class FloatFile {
  private readonly stream;

  constructor(path: string) {
    this.stream = createWriteStream(path);
  }

  async write(rows: Float32Array): Promise<void> {
    const bytes = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
    if (!this.stream.write(Buffer.from(bytes))) await once(this.stream, 'drain');
  }

  async close(): Promise<void> {
    this.stream.end();
    await finished(this.stream);
  }
}

/**
 * Vectors of length 1 in all directions alike: the hardest there are for a search by bounds, since scores of embeddings
 * are spread more widely.
 */
export function unitVectors(seed: string, dimensions: number): (rows: number) => Float32Array<ArrayBuffer> {
  const random = randomStream([seed]);
  return (rows) => {
    const vectors = new Float32Array(rows * dimensions);
    // Sums of four uniform numbers: close to normal.
    for (let i = 0; i < vectors.length; i++) vectors[i] = random() + random() + random() + random() - 2;
    for (let row = 0; row < rows; row++)
      normalise(vectors.subarray(row * dimensions, (row + 1) * dimensions));
    return vectors;
  };
}

export async function writeUnitVectors(
  path: string,
  rows: number,
  dimensions: number,
  seed: string,
): Promise<void> {
  const file = new FloatFile(path);
  const vectors = unitVectors(seed, dimensions);
  for (let first = 0; first < rows; first += ROWS_AT_ONCE)
    await file.write(vectors(Math.min(ROWS_AT_ONCE, rows - first)));
  await file.close();
}

/**
 * Passages and, for each language, the sums of their first 1 and first 3 questions: `passages.f32` and `ar-1.f32` … in a
 * folder. Questions are unit vectors that have a cosine of about 0.6 with their passage.
 */
export async function writePassagesWithSums(
  folder: string,
  rows: number,
  dimensions: number,
  languages: readonly string[],
): Promise<void> {
  const passages = unitVectors('passages', dimensions);
  const noise = unitVectors('questions', dimensions);
  const open = (name: string) => new FloatFile(`${folder}/${name}.f32`);
  const file = open('passages');
  const sums = languages.map((language) => ({ one: open(`${language}-1`), three: open(`${language}-3`) }));
  for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, rows - first);
    const vectors = passages(count);
    await file.write(vectors);
    for (const { one, three } of sums) {
      const sum = new Float32Array(vectors.length);
      for (let question = 0; question < 3; question++) {
        const added = noise(count);
        for (let i = 0; i < sum.length; i++)
          sum[i] = (sum[i] as number) + 0.6 * (vectors[i] as number) + 0.8 * (added[i] as number);
        if (question === 0) await one.write(sum);
      }
      await three.write(sum);
    }
  }
  for (const each of [file, ...sums.flatMap(({ one, three }) => [one, three])]) await each.close();
}

function normalise(vector: Float32Array): void {
  const scale = 1 / Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  for (let d = 0; d < vector.length; d++) vector[d] = (vector[d] as number) * scale;
}
