import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Comparison } from '../comparison.js';
import { writeUnitVectors } from '../random-vectors.js';
import { startOurSide, startPythonSide } from '../side-process.js';

const LANGUAGES = ['ar', 'bn', 'fi', 'ja', 'ko', 'ru', 'te'];
const PER_LANGUAGE = 3;
const PASSAGES = 8192;
const DIMENSIONS = 384;
const QUESTIONS = PASSAGES * LANGUAGES.length * PER_LANGUAGE;

export const accumulate: Comparison = {
  id: 'accumulate',
  what: `accumulate ${QUESTIONS.toLocaleString('en')} questions × ${DIMENSIONS} into 14 sums a passage (7 languages, n = 1 and 3), encoding excluded`,
  against: "NumPy on the same questions' vectors in memory",
  target: 0.5,
  // Neither side uses more.
  threads: 1,
  async open({ folder, python, threads }) {
    const vectors = join(folder, 'questions.f32');
    await writeUnitVectors(vectors, QUESTIONS, DIMENSIONS, 'questions');
    const input = {
      ...{ vectors, dimensions: DIMENSIONS, passages: PASSAGES },
      ...{ languages: LANGUAGES, perLanguage: PER_LANGUAGE },
    };
    const ours = await startOurSide('accumulate', { name: 'xqg', threads, input });
    const peer = await startPythonSide(python, 'accumulate', { name: 'NumPy', threads, input });
    return {
      ours,
      peers: [peer],
      check: async () => {
        const [own, theirs] = [join(folder, 'ours.sums'), join(folder, 'peer.sums')];
        await ours.save(own);
        await peer.save(theirs);
        const [a, b] = [await readFile(own), await readFile(theirs)];
        if (a.length === 0 || !a.equals(b)) throw new Error('Accumulating: the sums differ');
        return 'the same sums, bit for bit';
      },
    };
  },
};
