import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monotonicMs, whileAtWorkOn } from '../../core/artifacts/block-at-work.js';
import { CALL_LOG_VARIABLE, type ModelCall } from '../../workers/call-log.js';
import { ModelClient } from '../../workers/model-client.js';
import { setVariable } from '../core/store/s3-setup.js';
import { encoderModel } from './model-files.js';

describe('call log', () => {
  it('has a line for each request that computes for a block, and none for others', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xqg-calls-'));
    const file = join(folder, 'calls.jsonl');
    setVariable(CALL_LOG_VARIABLE, file);
    const client = await ModelClient.start({ ...encoderModel, threads: 1 }).finally(() =>
      setVariable(CALL_LOG_VARIABLE, undefined),
    );
    try {
      const before = monotonicMs();
      const encode = (text: string) => client.request('encode', { texts: [{ text }], kind: 'query' });
      await encode('for nobody');
      for (const text of ['one', 'two', 'one'])
        await whileAtWorkOn({ record: `block of ${text}`, missingSince: before }, () => encode(text));
      const lines = (await readFile(file, 'utf8')).trim().split('\n');
      const calls = lines.map((line) => JSON.parse(line) as ModelCall);
      assert.deepEqual(
        calls.map(({ operation, block, pid, worker, missingSince }) => [
          ...[operation, block, pid, worker, missingSince],
        ]),
        ['one', 'two', 'one'].map((text) => [
          ...['encode', `block of ${text}`, client.pid, process.pid, before],
        ]),
      );
      const [first, second, third] = calls.map(({ input }) => input);
      assert.equal(first, third);
      assert.notEqual(first, second);
      for (const { at } of calls) assert.ok(at >= before && at <= monotonicMs());
    } finally {
      await client.stop();
      await rm(folder, { recursive: true });
    }
  });
});
