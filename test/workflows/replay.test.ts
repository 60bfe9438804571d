import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeterminismViolationError } from '@temporalio/workflow';
import { workflowBundle } from '../../workers/bundle-workflows.js';
import { logTemporalTo } from '../../workers/temporal-log.js';
import { historiesFolder, replay, type RecordedHistory } from './histories.js';
import { silentLog } from './run-bench.js';

describe('replay', function () {
  this.timeout(60_000);
  before(() => logTemporalTo(silentLog));

  describe('of recorded histories', () => {
    async function recorded(): Promise<string[]> {
      const files = await readdir(historiesFolder, { recursive: true });
      return files.filter((file) => file.endsWith('.json')).sort();
    }

    async function read(file: string): Promise<RecordedHistory> {
      return JSON.parse(await readFile(join(historiesFolder, file), 'utf8')) as RecordedHistory;
    }

    it('makes the decisions that were made, for the experiment', async () => {
      const files = (await recorded()).filter((file) => file.includes('experiment-'));
      assert.ok(files.length >= 4);
      for (const file of files) await replay(await read(file));
    });

    it('makes the decisions that were made, for stages', async () => {
      const files = (await recorded()).filter((file) => file.includes('stage-'));
      assert.ok(files.length >= 4);
      for (const file of files) await replay(await read(file));
    });

    it('would notice another decision', async () => {
      for (const file of ['0.1/experiment-reused.json', '0.1/stage-reused.json']) {
        const { workflowId, history } = await read(file);
        const text = JSON.stringify(history).replaceAll(/"(prepareStage|planRun)"/g, '"somethingElse"');
        await assert.rejects(
          replay({ workflowId, history: JSON.parse(text) as RecordedHistory['history'] }),
          DeterminismViolationError,
        );
      }
    });
  });
});

describe('workflow bundle', () => {
  it('holds neither activities nor Node built-ins', async () => {
    const bundle = await workflowBundle();
    const code = 'code' in bundle ? bundle.code : await readFile(bundle.codePath, 'utf8');
    assert.match(code, /experimentProgress/);
    assert.doesNotMatch(code, /require\(["']node:/);
    for (const foreign of ['onnxruntime', 'apache-arrow', 'hyparquet', 'client-s3', 'writeShard']) {
      assert.ok(!code.includes(foreign), `the bundle holds ${foreign}`);
    }
  });
});
