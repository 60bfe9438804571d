import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readPawsx } from '../../../core/datasets/pawsx.js';
import { projectRoot } from '../../../core/project-root.js';
import { Folder, refusalOf } from './support.js';

describe('PAWS-X', () => {
  let folder: Folder;

  beforeEach(async () => void (folder = await Folder.make()));
  afterEach(() => folder.remove());

  it('of the demo: seven languages, row by row', async () => {
    const languages = ['en', 'de', 'es', 'fr', 'ja', 'ko', 'zh'];
    const pawsx = await readPawsx(join(projectRoot(), 'examples/data/pawsx'), languages);
    assert.deepEqual([...pawsx.keys()], languages);
    for (const rows of pawsx.values()) assert.equal(rows.length, 400);
    assert.deepEqual(pawsx.get('de')?.[1], {
      id: '2',
      sentence1: 'Kathy und ihr Ehemann Pete Beale (Peter Dean) sind finanziell gut aufgestellt.',
      sentence2: 'Kathy und ihr Ehemann Peter Dean (Pete Beale) sind finanziell gut aufgestellt.',
      label: 1,
      translated: true,
    });
    assert.equal(pawsx.get('es')?.filter((row) => !row.translated).length, 9);
  });

  it('as first published: header, ids, quotes that mean nothing, untranslated rows', async () => {
    await folder.write(
      'en.tsv',
      'id\tsentence1\tsentence2\tlabel\n1\t"a" b\tc "\t0\n2\td\te\t1\n3\tf\tg\t1\n',
    );
    await folder.write(
      'dev-de.tsv.gz',
      'id\tsentence1\tsentence2\tlabel\n3\tF\tG\t1\n1\tNS\tC\t0\n2\t\tE\t1\n',
    );
    const pawsx = await readPawsx(folder.path, ['en', 'de']);
    assert.deepEqual(pawsx.get('en')?.[0], {
      id: '1',
      sentence1: '"a" b',
      sentence2: 'c "',
      label: 0,
      translated: true,
    });
    assert.deepEqual(pawsx.get('de'), [
      { id: '3', sentence1: 'F', sentence2: 'G', label: 1, translated: true },
      { id: '1', sentence1: 'NS', sentence2: 'C', label: 0, translated: false },
      { id: '2', sentence1: '', sentence2: 'E', label: 1, translated: false },
    ]);
  });

  it('with a wrong label names file and line', async () => {
    const path = await folder.write('en.tsv', 'sentence1\tsentence2\tlabel\na\tb\t1\nc\td\tyes\n');
    assert.equal(
      await refusalOf(readPawsx(folder.path, ['en'])),
      `Reading PAWS-X: ${path} line 3: label: expected 0 or 1, found "yes"`,
    );
  });

  it('with a field too few names file and line', async () => {
    const path = await folder.write('en.tsv', 'a\tb\t1\nc\t0\n');
    assert.equal(
      await refusalOf(readPawsx(folder.path, ['en'])),
      `Reading PAWS-X: ${path} line 2: record: expected sentence1, sentence2 and label, separated by tabs, found 2 fields`,
    );
  });

  it('whose rows are in different orders is refused', async () => {
    const en = await folder.write('en.tsv', 'a\tb\t1\nc\td\t0\n');
    const de = await folder.write('de.tsv', 'C\tD\t0\nA\tB\t1\n');
    assert.equal(
      await refusalOf(readPawsx(folder.path, ['en', 'de'])),
      `Reading PAWS-X: expected the labels of ${en}, but for a few, found 2 of 2 different in ${de}; its rows are in another order`,
    );
  });

  it('without ids and with a row more in one language is refused', async () => {
    const en = await folder.write('en.tsv', 'a\tb\t1\n');
    const de = await folder.write('de.tsv', 'A\tB\t1\nC\tD\t0\n');
    assert.equal(
      await refusalOf(readPawsx(folder.path, ['en', 'de'])),
      `Reading PAWS-X: expected rows that belong together, found 1 rows without ids in ${en} and 2 rows without ids in ${de}`,
    );
  });

  it('without a file for a language says what is there', async () => {
    await folder.write('en.tsv', 'a\tb\t1\n');
    assert.equal(
      await refusalOf(readPawsx(folder.path, ['en', 'de'])),
      `Reading PAWS-X from ${folder.path}: expected de.tsv or *-de.tsv, also with .gz, found en.tsv`,
    );
  });
});
