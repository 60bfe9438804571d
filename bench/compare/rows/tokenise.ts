import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../../core/project-root.js';
import type { Comparison } from '../comparison.js';
import { demoTexts } from '../demo-texts.js';
import { startOurSide, startPythonSide } from '../side-process.js';

const MAX_TOKENS = 128;

export const tokenise: Comparison = {
  id: 'tokenise',
  what: 'tokenise 500 passages and 8,330 queries in seven languages',
  against: 'tokenizers (Rust) in Python',
  target: 0.8,
  threads: 1,
  async open({ folder, python, threads }) {
    const { passages, queries } = await demoTexts();
    const texts = join(folder, 'texts.json');
    await writeFile(texts, JSON.stringify([...passages, ...queries].map(({ text }) => text)));
    const tokenizer = join(projectRoot(), 'models/multilingual-e5-small-q4/tokenizer.json');
    const input = { tokenizer, texts, maxTokens: MAX_TOKENS };
    const ours = await startOurSide('tokenise', { name: 'xqg', threads, input });
    const peer = await startPythonSide(python, 'tokenise', { name: 'tokenizers', threads, input });
    return {
      ours,
      peers: [peer],
      check: async () => {
        const files = ['ours.json', 'peer.json'].map((name) => join(folder, name)) as [string, string];
        await ours.save(files[0]);
        await peer.save(files[1]);
        const [own, theirs] = (await Promise.all(
          files.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as number[][]),
        )) as [number[][], number[][]];
        const different = own.filter((ids, text) => ids.join() !== theirs[text]?.join()).length;
        if (own.length !== theirs.length || different > 0)
          throw new Error(`Tokenising: ${different} of ${own.length} texts have other ids`);
        return `the same ids of all ${own.length} texts`;
      },
    };
  },
};
