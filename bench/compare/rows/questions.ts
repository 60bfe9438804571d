import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { questionsFromParquet } from '../../../core/formats/questions.js';
import type { Comparison } from '../comparison.js';
import { startOurSide, startPythonSide, type Side } from '../side-process.js';

/** Questions of 5,714 passages, 35 each. */
const ROWS = 200_000;

/** Writing and reading an artifact of questions. */
export const questions: readonly Comparison[] = (['write', 'read'] as const).map((work) => ({
  id: `${work}-questions`,
  what: `${work} ${ROWS.toLocaleString('en')} questions (Parquet, gzipped)`,
  against: work === 'read' ? 'pyarrow, columns as Python lists' : 'pyarrow',
  ...(work === 'read' && { target: 0.3 }),
  // Neither side uses more.
  threads: 1,
  async open({ folder, python, threads }) {
    const files = ['ours', 'peer'].map((name) => join(folder, `${name}.parquet`)) as [string, string];
    const input = { work, rows: ROWS };
    const ours = await startOurSide('questions', {
      name: 'xqg',
      threads,
      input: { ...input, file: files[0] },
    });
    // Both read what xqg has written.
    const file = work === 'read' ? files[0] : files[1];
    const peer = await startPythonSide(python, 'questions', {
      name: 'pyarrow',
      threads,
      input: { ...input, file },
    });
    return {
      ours,
      peers: [peer],
      check: async () => {
        const told = [await savedBy(ours, folder), await savedBy(peer, folder)] as const;
        const [own, theirs] =
          work === 'read'
            ? told.map((bytes) => bytes.toString('utf8'))
            : await Promise.all(told.map(async (bytes) => JSON.stringify(await questionsFromParquet(bytes))));
        if (own !== theirs) throw new Error(`Questions: what the sides ${work} differs`);
        return 'the same questions';
      },
    };
  },
}));

async function savedBy(side: Side, folder: string): Promise<Buffer> {
  const path = join(folder, `${side.name}.saved`);
  await side.save(path);
  return readFile(path);
}
