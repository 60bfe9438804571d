import assert from 'node:assert/strict';
import { appendFile, cp, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { findTemporalCli } from '../../infra/temporal-cli.js';
import { writeSmallExperiment } from '../workflows/small-experiment.js';
import { suiteFolder, xqg, xqgDone, xqgRefused } from './xqg.js';

/** A run that is damaged, verified and repaired, and a store that is cleared of what nobody needs. */
describe('xqg verify and xqg gc', function () {
  this.timeout('5m');
  const { path } = suiteFolder();
  const here = () => ({ cwd: path() });
  const ask = (...args: string[]) => xqg([...args, '--store', 'store'], here());
  const budget = ['--processes', '1', '--threads', '1'];

  before(async function () {
    this.timeout('20m');
    await findTemporalCli();
    await writeSmallExperiment(path(), { passages: 4, shardPassages: 2 });
    await addQuestionsAndBadRecord();
    const args = ['run', 'small.yaml', '--embedded', '--store', 'store', '--run-id', 'r1', ...budget];
    await xqgDone(args, here());
  });

  /** Questions from a file, and a record to be set aside: what lies beside the shards of ingest and import. */
  async function addQuestionsAndBadRecord(): Promise<void> {
    const corpus = (await readFile(path('passages.jsonl'), 'utf8')).trim().split('\n');
    const questions = corpus.map((line) => {
      const { docId } = JSON.parse(line) as { docId: string };
      return JSON.stringify({ docId, lang: 'fi', index: 0, text: `Mikä on ${docId}?` });
    });
    await writeFile(path('questions.jsonl'), `${questions.join('\n')}\n`);
    await appendFile(path('passages.jsonl'), '{"docId": "bad", "text": 3}\n');
    const small = parse(await readFile(path('small.yaml'), 'utf8')) as { corpus: object };
    const experiment = {
      ...small,
      corpus: { ...small.corpus, onBadRecord: 'quarantine' },
      questions: { given: { import: 'questions.jsonl', languages: ['fi'], perLanguage: 1 } },
      arms: [{ encoder: 'e5' }, { encoder: 'e5', questions: 'given', alpha: 0.05 }],
    };
    await writeFile(path('small.yaml'), stringify(experiment));
  }

  /** Objects of the store whose path contains all of these, ascending. */
  async function objects(...within: string[]): Promise<string[]> {
    const entries = await readdir(path('store'), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => within.every((part) => file.includes(part)))
      .sort();
  }

  async function flip(file: string): Promise<void> {
    const bytes = await readFile(file);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(file, bytes);
  }

  it('finds a finished run intact', async () => {
    const { code, stdout } = await ask('verify', 'r1');
    assert.equal(code, 0);
    assert.match(stdout, /^run r1: intact \(\d+ objects, [\d.]+ kB\)\n$/);
  });

  it('lists what is damaged, with what was expected and found, and ends with 1', async () => {
    await cp(path('store'), path('sound'), { recursive: true, preserveTimestamps: true });
    const [part = '', cut = ''] = [
      (await objects('encode', 'shard-00001/part-0000'))[0],
      (await objects('search', 'shard-00000/part'))[0],
    ];
    await flip(part);
    await truncate(cut, 10);
    await flip((await objects('merge', '_manifest'))[0] ?? '');
    await flip((await objects('evaluate', '_commits/00000'))[0] ?? '');
    await flip((await objects('ingest', '_quarantine'))[0] ?? '');
    await flip((await objects('import', '_import-report'))[0] ?? '');
    const { code, stdout } = await ask('verify', 'r1');
    assert.equal(code, 1);
    const key = part.slice(path('store').length + 1);
    assert.match(
      stdout,
      new RegExp(
        `^encode\\.\\S+ {2}shard 1 {2}${key}\\n {4}expected \\d+ bytes of sha256 [0-9a-f]{64}\\n {4}found {4}\\d+ bytes of sha256`,
        'm',
      ),
    );
    assert.match(stdout, /^search\.e5 {2}shard 0 .*\n.*\n {4}found {4}10 bytes of/m);
    assert.match(stdout, /^merge\.e5 {2}artifacts\/merge\/.*\/_manifest\.json\n/m);
    assert.match(stdout, /^evaluate\.e5 {2}shard 0 {2}artifacts\/evaluate\/.*\/_commits\/00000\.json\n/m);
    assert.match(stdout, /\nrun r1: 6 objects are not as recorded, of .*"xqg verify r1 --repair"/);
    const json = JSON.parse((await ask('verify', 'r1', '--json')).stdout) as {
      intact: boolean;
      damage: { kind: string; stage: string; shard?: number }[];
    };
    assert.equal(json.intact, false);
    assert.deepEqual(json.damage.map(({ kind }) => kind).toSorted(), [
      'commit',
      'importReport',
      'manifest',
      'part',
      'part',
      'quarantine',
    ]);
  });

  it('repairs exactly that, and says that the bytes are the same', async () => {
    const args = ['verify', 'r1', '--repair', '--embedded', '--store', 'store', ...budget];
    const { stdout, stderr } = await xqgDone(args, here());
    for (const stage of ['encode\\.\\S+ {2}shard 1', 'search\\.e5 {2}shard 0', 'evaluate\\.e5 {2}shard 0'])
      assert.match(stdout, new RegExp(`^${stage}: made again, with the same bytes as before$`, 'm'));
    assert.match(stdout, /^written again from what it was made of: artifacts\/merge\/.*_manifest\.json$/m);
    assert.match(stdout, /\nrun r1: repaired\n$/);
    assert.match(stderr, /^merge\.e5 +reused/m);
    assert.match(stderr, /^search\.e5 +done in .*1 of 2 shards reused$/m);
    for (const within of ['_quarantine', '_import-report', '_manifest', '_commits/', '_block-']) {
      for (const file of await objects('artifacts', within))
        assert.deepEqual(
          await readFile(file),
          await readFile(path(join('sound', file.slice(path('store').length)))),
        );
    }
    let untouched = 0;
    for (const file of await objects('artifacts', '/part-')) {
      const before = path(join('sound', file.slice(path('store').length)));
      assert.deepEqual(await readFile(file), await readFile(before), file);
      // The copy's time is a little rounded; what was made again is seconds younger.
      if ((await stat(file)).mtimeMs - (await stat(before)).mtimeMs < 500) untouched++;
    }
    assert.equal(untouched, (await objects('artifacts', '/part-')).length - 2);
    assert.equal((await ask('verify', 'r1')).code, 0);
  });

  it('names a file of the corpus that has changed, and then repairs nothing', async () => {
    const damaged = (await objects('encode', 'shard-00000/part-0000'))[0] ?? '';
    const [corpus, part] = [await readFile(path('passages.jsonl')), await readFile(damaged)];
    await appendFile(path('passages.jsonl'), '{"docId": "new", "title": "", "text": "one more"}\n');
    await flip(damaged);
    const altered = await readFile(damaged);
    const { code, stdout, stderr } = await ask('verify', 'r1', '--repair', '--embedded');
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^ingest\.corpus {2}.*passages\.jsonl\n {4}expected \d+ bytes of sha256 .*\n {4}found/m,
    );
    assert.match(stderr, /nothing was repaired: .* Put back .*passages\.jsonl, or start a new run/);
    assert.deepEqual(await readFile(damaged), altered);
    await writeFile(path('passages.jsonl'), corpus);
    await writeFile(damaged, part);
    assert.equal((await ask('verify', 'r1')).code, 0);
  });

  it('refuses a run that the store does not hold', async () => {
    assert.match(
      await xqgRefused(['verify', 'r2', '--store', 'store'], here()),
      /Run "r2": .* holds no such run/,
    );
  });

  describe('gc', () => {
    const orphan = 'store/artifacts/encode/0123456789abcdef01234567/shard-00000/part-0000-aa.arrow';
    const gc = (...flags: string[]) => ask('gc', '--safety-age', '0m', ...flags);

    it('lists what no run needs, and removes nothing', async () => {
      await cp((await objects('encode', 'shard-00000/part-0000'))[0] ?? '', path(orphan));
      const before = await objects('');
      const { code, stdout } = await gc();
      assert.equal(code, 0);
      assert.match(
        stdout,
        /^encode\/0123456789abcdef01234567 {2}1 object, .*\n1 object, .* that no run needs;/,
      );
      assert.deepEqual(await objects(''), before);
    });

    it('keeps it while it is young', async () => {
      const { stdout, stderr } = await ask('gc', '--yes');
      assert.match(stdout, /^freed 0 objects, 0 B in/);
      assert.equal((await objects('0123456789abcdef01234567')).length, 1, stderr);
    });

    it('keeps it for a run that has not ended, and says which', async () => {
      await cp(path('store/runs/r1/experiment.json'), path('store/runs/open/experiment.json'));
      const { stdout, stderr } = await gc('--yes');
      assert.match(stdout, /^freed 0 objects/);
      assert.match(
        stderr,
        /^kept for run open: everything of .*encode.*; .*"xqg cancel open" or --forget open/m,
      );
      await xqgRefused(['gc', '--forget', 'open', '--store', 'store'], here());
    });

    it('removes it with --yes, and with --forget a run', async () => {
      const { stdout } = await gc('--yes', '--forget', 'open');
      assert.match(stdout, /^removed run open {2}1 object/m);
      assert.match(stdout, /^removed encode\/0123456789abcdef01234567 {2}1 object/m);
      assert.match(stdout, /^freed 2 objects, /m);
      assert.deepEqual(await objects('0123456789abcdef01234567'), []);
      assert.equal((await ask('verify', 'r1')).code, 0);
    });

    it('leaves an empty store when all runs are forgotten, and says so to programs', async () => {
      const { stdout } = await gc('--yes', '--older-than', '0m', '--json');
      const { event, objects: freed } = JSON.parse(stdout) as { event: string; objects: number };
      assert.equal(event, 'removed');
      assert.ok(freed > 50);
      assert.deepEqual(await objects(''), []);
    });
  });
});
