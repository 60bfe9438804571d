import { writeFile } from 'node:fs/promises';
import assert from 'node:assert/strict';
import { goldenModel, suiteFolder, xqgRefused } from './xqg.js';

describe('a single step that finds a bad record', function () {
  this.timeout('1m');
  const { path } = suiteFolder();
  before(() => writeFile(path('bad.jsonl'), '{"queryId": "q", "lang": "en"}\n'));

  const refused = (...args: string[]): Promise<string> =>
    xqgRefused([...args, '--input', 'bad.jsonl', '--output', 'none'], { cwd: path() });

  it('names its own flag that sets it aside', async () => {
    assert.match(
      await refused('ingest', '--kind', 'query'),
      /^Correct it, or give --quarantine FILE to set it aside\.$/m,
    );
    await writeFile(path('passages.jsonl'), '{"docId": "d1", "text": "A passage."}\n');
    assert.match(
      await refused('import', '--corpus', 'passages.jsonl', '--languages', 'fi', '--per-language', '1'),
      /^Correct it, or give --on-bad-record quarantine to set it aside\.$/m,
    );
  });

  it('names the step that sets it aside, where it has no such flag', async () => {
    assert.match(
      await refused('encode', '--model', goldenModel.encoder, '--kind', 'query'),
      /^Correct it, or set it aside by "xqg ingest --quarantine FILE", and give this command what that writes\.$/m,
    );
  });
});
