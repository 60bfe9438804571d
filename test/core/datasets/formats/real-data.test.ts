import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readPassages, scanPassages } from '../../../../core/datasets/passages.js';
import { readPawsx } from '../../../../core/datasets/pawsx.js';
import { readQrels } from '../../../../core/datasets/qrels.js';
import { readQueries, scanQueries } from '../../../../core/datasets/queries.js';
import { openStore } from '../../../../core/store/open-store.js';
import { projectRoot } from '../../../../core/project-root.js';
import { collect, failing, lenient, refusalOf } from '../support.js';

const root = join(projectRoot(), '../shared/data');
const context = { baseDir: root, openStore: (uri: string) => openStore(uri) };

/** A test against public data, which is not part of the repository. */
function withData(folder: string, behaviour: string, test: () => Promise<void>): void {
  const isThere = existsSync(join(root, folder));
  if (isThere) it(behaviour, test).timeout(60_000);
  else it.skip(`${behaviour} (../shared/data/${folder} is not there)`, () => undefined);
}

function sorted<T extends { queryId: string }>(queries: readonly T[]): T[] {
  return queries.toSorted((a, b) => (a.queryId < b.queryId ? -1 : 1));
}

describe('public data sets', () => {
  withData('xor', 'XOR-Retrieve: 15,250 questions in seven languages', async () => {
    const config = { files: 'xor/xor_train_retrieve_eng_span.jsonl', format: 'xor-retrieve' as const };
    const scan = await scanQueries({ ...config, ...failing }, context);
    assert.equal(scan.rows, 15_250);
    const queries = await collect(readQueries(config, context));
    assert.deepEqual([...new Set(queries.map(({ lang }) => lang))].sort(), [
      'ar',
      'bn',
      'fi',
      'ja',
      'ko',
      'ru',
      'te',
    ]);
    assert.ok(queries.every(({ answers }) => answers.length > 0));
  });

  withData(
    'xquad',
    'XQuAD: English paragraphs for the questions of seven languages, as in the demo',
    async () => {
      const corpus = await collect(readPassages({ files: 'xquad/xquad.en.json' }, context));
      const config = { files: 'xquad/xquad.*.json', answersFrom: 'xquad/xquad.en.json' };
      const queries = await collect(readQueries(config, context));
      const qrels = await readQrels({ files: 'xquad/xquad.*.json' }, context);
      assert.deepEqual([corpus.length, queries.length, qrels.size], [240, 8330, 8330]);
      const text = new Map(corpus.map(({ docId, text }) => [docId, text]));

      const demo = { ...context, baseDir: join(projectRoot(), 'examples/data') };
      const demoText = new Map(
        (await collect(readPassages({ files: 'passages.jsonl.gz' }, demo))).map((p) => [p.docId, p.text]),
      );
      const demoQueries = await collect(readQueries({ files: 'queries.jsonl.gz' }, demo));
      assert.deepEqual(sorted(queries), sorted(demoQueries));
      const demoQrels = await readQrels({ files: 'qrels.trec.gz' }, demo);
      for (const { queryId } of queries) {
        const [docId] = [...(qrels.get(queryId)?.keys() ?? [])];
        const [demoDocId] = [...(demoQrels.get(queryId)?.keys() ?? [])];
        assert.equal(text.get(docId ?? ''), demoText.get(demoDocId ?? '-'), queryId);
      }
    },
  );

  withData('tydiqa', 'TyDi QA: a paragraph of several questions is one passage', async () => {
    const files = 'tydiqa/tydiqa.goldp.*.dev.json';
    const scan = await scanPassages({ files, docIds: 'content', ...failing }, context);
    const rows = [921, 113, 440, 782, 565, 276, 812, 499, 669].reduce((sum, n) => sum + n);
    assert.deepEqual([scan.rows + scan.repeated, scan.bad.length], [rows, 0]);
    const docIds = new Set(
      (await collect(readPassages({ files, docIds: 'content' }, context))).map((p) => p.docId),
    );
    const qrels = await readQrels({ files, docIds: 'content' }, context);
    assert.deepEqual([docIds.size, qrels.size], [scan.rows, rows]);
    for (const judged of qrels.values()) for (const docId of judged.keys()) assert.ok(docIds.has(docId));
  });

  withData('tydiqa', 'TyDi QA: ids that occur twice are named, here of a damaged train file', async () => {
    const config = { files: 'tydiqa/tydiqa.goldp.en.train.json', ...lenient };
    assert.match(
      await refusalOf(scanQueries(config, context)),
      /en\.train\.json question \d+: queryId: expected a queryId that occurs once, found "en-\d+"/,
    );
  });

  withData('pawsx', 'PAWS-X: 2,000 pairs in each of seven languages', async () => {
    const languages = ['en', 'de', 'es', 'fr', 'ja', 'ko', 'zh'];
    const rows = await readPawsx(join(root, 'pawsx'), languages);
    for (const language of languages) assert.equal(rows.get(language)?.length, 2000, language);
  });
});
