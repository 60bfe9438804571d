import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { loadExperiment } from '../../../core/config/load-experiment.js';
import { InvalidInputError } from '../../../core/errors.js';
import { createRun, newRunId } from '../../../core/stages/create-run.js';
import { readRunDocument, runKeys, type RunDocument } from '../../../core/stages/run-document.js';
import { openStore } from '../../../core/store/open-store.js';
import type { Store } from '../../../core/store/store.js';
import { writeSmallExperiment } from '../../workflows/small-experiment.js';

describe('creating a run', () => {
  let folder = '';
  let path = '';
  let store: Store;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-create-'));
    path = await writeSmallExperiment(folder, { questions: { perLanguage: 2, alpha: [0.01, 0.05] } });
  });
  beforeEach(async () => {
    store = await openStore(join(folder, randomUUID()));
  });
  after(() => rm(folder, { recursive: true }));

  const create = async (runId: string, file = path): Promise<RunDocument> =>
    createRun(await loadExperiment(file), runId, store, openStore);

  /** The experiment with one thing changed, in a file of its own. */
  async function changed(change: Record<string, unknown>): Promise<string> {
    const file = join(folder, 'changed.yaml');
    await writeFile(file, stringify({ ...(parse(await readFile(path, 'utf8')) as object), ...change }));
    return file;
  }

  it('writes down the experiment with absolute paths and its arms', async () => {
    const { experiment, arms } = await create('r1');
    const { corpus, queries, qrels = '', encoders, generators } = experiment;
    const mini = generators.mini;
    const locations = [
      corpus.files,
      queries.files,
      qrels,
      encoders.e5?.model,
      mini?.kind === 'onnx' && mini.model,
    ];
    for (const location of locations)
      assert.ok(typeof location === 'string' && isAbsolute(location), String(location));
    assert.equal(corpus.files, join(folder, 'passages.jsonl'));
    assert.deepEqual(
      arms.map(({ id }) => id),
      [
        'e5',
        ...['', '-shuffled', '-mean'].flatMap((control) => [
          `e5+mini-a0.01-n2${control}`,
          `e5+mini-a0.05-n2${control}`,
        ]),
      ],
    );
    assert.deepEqual(await readRunDocument(store, 'r1'), await create('r1'));
  });

  it('takes up a run of the same experiment', async () => {
    const first = await create('r1');
    assert.deepEqual(await create('r1'), first);
  });

  it('refuses the id of a run of another experiment', async () => {
    await create('r1');
    const other = await changed({ seed: 8 });
    await assert.rejects(create('r1', other), (error: unknown) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(
        error.message,
        /^Run "r1" exists in file:.* with another experiment; give another --run-id/,
      );
      return true;
    });
    assert.equal((await readRunDocument(store, 'r1')).experiment.seed, 7);
  });

  it('writes a damaged record of a run anew', async () => {
    const first = await create('r1');
    const key = runKeys.document('r1');
    const bytes = await store.get(key);
    await store.put(key, bytes.subarray(0, bytes.length >> 1));
    await assert.rejects(readRunDocument(store, 'r1'), /experiment\.json is damaged .*--run-id r1/);
    assert.deepEqual({ ...(await create('r1')), createdAt: '' }, { ...first, createdAt: '' });
    assert.equal((await readRunDocument(store, 'r1')).runId, 'r1');
  });

  for (const id of ['', '../up', 'a/b', 'a b', '-x', '.hidden', 'x'.repeat(81), 'é']) {
    it(`refuses the id "${id.slice(0, 10)}"`, async () => {
      await assert.rejects(create(id), /expected letters, digits, "\.", "_" and "-", at most 80/);
      assert.deepEqual((await store.list('')).objects, []);
    });
  }

  it('says which runs there are not', async () => {
    await assert.rejects(readRunDocument(store, 'none'), /Run "none": file:.* holds no such run/);
  });

  it('refuses a run document that is not of its form', async () => {
    await store.put(runKeys.document('r1'), new TextEncoder().encode('{"runId": "r1"}'));
    await assert.rejects(readRunDocument(store, 'r1'), /experiment\.json is damaged/);
  });

  it('makes ids that say which experiment and when', () => {
    assert.equal(newRunId('demo', new Date('2026-11-23T03:15:00.5Z')), 'demo-20261123-031500');
  });
});
