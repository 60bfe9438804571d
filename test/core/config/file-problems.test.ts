import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { experimentFolder, VALID } from './experiment-folder.js';

describe('files of an experiment', () => {
  const { path: folderPath, errorOf } = experimentFolder();

  it('reports every file and folder that is not there', async () => {
    const text = VALID.replace('passages.jsonl', 'parts/*.jsonl');
    assert.deepEqual(await errorOf(text, true), [
      `x.yaml:2:18 corpus.files: no file matches parts/*.jsonl in ${folderPath()}`,
      'x.yaml:3:19 queries.files: no such file: queries.jsonl',
      'x.yaml:4:8 qrels: no such file: qrels.trec',
      'x.yaml:6:16 encoders.e5.model: no such model folder: e5 (docs/models.md says how to export one)',
      'x.yaml:8:30 generators.mini.model: no such model folder: mini (docs/models.md says how to export one)',
    ]);
  });

  it('names the entry of a list of files', async () => {
    const text = VALID.replace('files: passages.jsonl', 'files: [x.yaml, b.jsonl]');
    assert.equal((await errorOf(text, true))[0], 'x.yaml:2:27 corpus.files[1]: no such file: b.jsonl');
  });

  it('takes a folder for a mistake where files are expected, and the other way round', async () => {
    await mkdir(join(folderPath(), 'data'));
    const text = VALID.replace('passages.jsonl', 'data').replace('model: e5', 'model: x.yaml');
    const problems = await errorOf(text, true);
    assert.equal(
      problems[0],
      'x.yaml:2:18 corpus.files: expected a file, found the folder data; give a glob such as "data/*"',
    );
    assert.equal(
      problems[3],
      "x.yaml:6:16 encoders.e5.model: expected a model's folder, found the file x.yaml",
    );
  });

  it('leaves what lies on S3 to the step that reads it', async () => {
    const text = VALID.replace('files: passages.jsonl', 'files: s3://bucket/passages.jsonl');
    assert.ok(!(await errorOf(text, true)).some((line) => line.includes('corpus')));
  });

  it('refuses other schemes', async () => {
    const text = VALID.replace('files: passages.jsonl', 'files: gs://bucket/passages.jsonl');
    assert.equal(
      (await errorOf(text, true))[0],
      'x.yaml:2:18 corpus.files: expected a path, a file:// or s3:// URI, or an https:// URL, found gs://',
    );
  });
});
