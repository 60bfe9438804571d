import { readFile } from 'node:fs/promises';

/** Float32 sums of products of unit vectors in another order differ by less. */
const TIE = 2e-6;

/**
 * Compares two files of hits: int32 numbers of passages, then float32 scores, a row of `depth` each for every ranking.
 * Scores must be alike, and a passage that only one side has must be tied with that ranking's last one.
 * @throws Error naming the first ranking that differs
 */
export async function sameHits(own: string, theirs: string, depth: number): Promise<string> {
  const [a, b] = [await readHits(own), await readHits(theirs)];
  if (a.docs.length !== b.docs.length)
    throw new Error(`Searching: ${a.docs.length} hits and ${b.docs.length}; expected as many`);
  let other = 0;
  let farthest = 0;
  for (let start = 0; start < a.docs.length; start += depth) {
    const last = b.scores[start + depth - 1] as number;
    const known = new Set(b.docs.subarray(start, start + depth));
    for (let i = start; i < start + depth; i++) {
      const score = a.scores[i] as number;
      const difference = Math.abs(score - (b.scores[i] as number));
      farthest = Math.max(farthest, difference);
      const same = known.has(a.docs[i] as number);
      if (!same) other++;
      if (!(difference <= TIE) || (!same && Math.abs(score - last) > TIE))
        throw new Error(
          `Searching: ranking ${start / depth}, rank ${i - start + 1} is passage ${a.docs[i]} with ${score} and ${b.docs[i]} with ${b.scores[i]}`,
        );
    }
  }
  const all = a.docs.length;
  return `the same passages in ${all - other} of ${all} hits, the others tied for the last rank; scores within ${farthest.toExponential(0)}`;
}

async function readHits(path: string): Promise<{ docs: Int32Array; scores: Float32Array }> {
  const bytes = await readFile(path);
  const half = bytes.length / 2;
  const buffer = new Uint8Array(bytes).buffer;
  return { docs: new Int32Array(buffer, 0, half / 4), scores: new Float32Array(buffer, half) };
}
