import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Comparison } from '../../../bench/compare/comparison.js';
import { measure } from '../../../bench/compare/measure.js';
import { startOurSide, type Side } from '../../../bench/compare/side-process.js';
import { projectRoot } from '../../../core/project-root.js';

const base = { python: 'python3', models: '', threads: 1, log: () => undefined };

/** The same side twice: it tokenises two texts. */
function twice(check: (ours: Side, peer: Side, folder: string) => Promise<string>): Comparison {
  return {
    id: 'twice',
    what: 'tokenise two texts',
    against: 'itself',
    async open({ folder, threads }) {
      const texts = join(folder, 'texts.json');
      await writeFile(texts, '["Hei maailma", "Hello"]');
      const tokenizer = join(projectRoot(), 'models/multilingual-e5-small-q4/tokenizer.json');
      const input = { tokenizer, texts, maxTokens: 16 };
      const start = (name: string) => startOurSide('tokenise', { name, threads, input });
      const [ours, peer] = [await start('ours'), await start('peer')];
      return { ours, peers: [peer], check: () => check(ours, peer, folder) };
    },
  };
}

describe('measure', function () {
  this.timeout(60_000);

  it('times every side as often as asked', async () => {
    const { sides } = await measure(
      twice(() => Promise.resolve('same')),
      base,
      3,
    );
    assert.deepEqual(
      sides.map(({ name, seconds }) => [name, seconds.length]),
      [
        ['ours', 3],
        ['peer', 3],
      ],
    );
    assert.ok(sides.every(({ seconds }) => seconds.every((value) => value > 0)));
  });

  it('takes no figures of sides that have not done the same work', async () => {
    const different = twice(() => Promise.reject(new Error('other ids')));
    await assert.rejects(measure(different, base, 1), /other ids/);
  });

  it('says what a side printed when it cannot start', async () => {
    const input = { tokenizer: '/nowhere/tokenizer.json', texts: '/nowhere/texts.json', maxTokens: 16 };
    const start = startOurSide('tokenise', { name: 'lost', threads: 1, input });
    await assert.rejects(start, /lost ended before it answered:[^]*ENOENT[^]*\/nowhere\/texts\.json/);
  });
});
