import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { projectRoot } from '../../core/project-root.js';

const RULE = '@typescript-eslint/no-restricted-imports';

describe('lint of workflows', function () {
  this.timeout(60_000);
  let eslint: ESLint;
  before(() => {
    eslint = new ESLint({ cwd: projectRoot() });
  });

  /** Messages of the rule about imports, for text that stands in for a file of the project. */
  async function messagesFor(text: string, file = 'workflows/stage.ts'): Promise<string[]> {
    const [result] = await eslint.lintText(text, { filePath: join(projectRoot(), file) });
    assert.ok(result);
    assert.deepEqual(
      result.messages.filter(({ fatal }) => fatal === true),
      [],
    );
    return result.messages.filter(({ ruleId }) => ruleId === RULE).map(({ message }) => message);
  }

  it('refuses Node built-ins, with and without node:', async () => {
    for (const name of ['node:fs', 'fs', 'node:fs/promises', 'node:crypto', 'path']) {
      assert.equal(
        (await messagesFor(`import * as it from '${name}';\nexport const x = it;\n`)).length,
        1,
        name,
      );
    }
  });

  it('refuses code of activities, of core and of workers', async () => {
    for (const name of [
      '../activities/encode.js',
      '../core/store/open-store.js',
      '../workers/model-pool.js',
    ]) {
      const [message] = await messagesFor(`import { it } from '${name}';\nexport const x = it;\n`);
      assert.match(message ?? 'no message', /Workflows see only the types of activities/, name);
    }
  });

  it('refuses Arrow, ONNX Runtime and S3', async () => {
    for (const name of ['apache-arrow', 'onnxruntime-node', '@aws-sdk/client-s3']) {
      assert.equal(
        (await messagesFor(`import * as it from '${name}';\nexport const x = it;\n`)).length,
        1,
        name,
      );
    }
  });

  it('allows types of activities', async () => {
    const text = `import type { Activities } from '../activities/index.js';\nexport type X = Activities;\n`;
    assert.deepEqual(await messagesFor(text), []);
  });

  it('lets activities use what workflows must not', async () => {
    const text = `import * as it from 'node:fs';\nexport const x = it;\n`;
    assert.deepEqual(await messagesFor(text, 'activities/encode.ts'), []);
  });
});
