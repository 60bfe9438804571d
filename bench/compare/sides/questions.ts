/** Questions into a Parquet file, or out of it, as stages write and read their parts. */
import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { questionsFromParquet, questionsToParquet } from '../../../core/formats/questions.js';
import type { Question } from '../../../core/records.js';
import { demoTexts } from '../demo-texts.js';
import { serveSide } from '../side.js';

const InputSchema = z.strictObject({ work: z.enum(['write', 'read']), rows: z.int(), file: z.string() });

const OF_A_PASSAGE = 35;
const OF_A_LANGUAGE = 5;

await serveSide(InputSchema, async ({ work, rows, file }) => {
  const { queries } = await demoTexts();
  const questions = Array.from({ length: rows }, (_, row): Question => {
    const { text = '', lang = '' } = queries[row % queries.length] ?? {};
    const docId = `passage-${Math.floor(row / OF_A_PASSAGE)}`;
    // Text nobody has asked before, since gzip would find the same ones again.
    return {
      docId,
      lang,
      index: row % OF_A_LANGUAGE,
      text: `${row} ${text}`,
      end: row % 10 === 0 ? 'cut' : 'eos',
    };
  });
  const write = async (): Promise<undefined> => {
    await writeFile(file, await questionsToParquet(questions));
    return undefined;
  };
  await write();
  if (work === 'write') return { run: write, save: async (path) => writeFile(path, await readFile(file)) };
  let read: Question[] = [];
  return {
    run: async () => {
      read = await questionsFromParquet(await readFile(file));
      return undefined;
    },
    save: (path) =>
      writeFile(
        path,
        JSON.stringify(read.map(({ docId, lang, index, text, end }) => [docId, lang, index, text, end])),
      ),
  };
});
