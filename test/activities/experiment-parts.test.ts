import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heldEncoder } from '../../activities/experiment-parts.js';
import type { PrepareContext } from '../../activities/context.js';
import { projectRoot } from '../../core/project-root.js';

describe('models as activities hold them', () => {
  let folder: string;
  let context: PrepareContext;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-model-'));
    await cp(join(projectRoot(), 'models/multilingual-e5-small-q4'), folder, { recursive: true });
    const encoders = { e5: { model: folder, device: 'cpu', batchTokens: 512 } };
    context = { run: { experiment: { encoders } } } as unknown as PrepareContext;
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('are hashed once while their files stay as they are', async () => {
    assert.equal(await heldEncoder(context, 'e5'), await heldEncoder(context, 'e5'));
  });

  it('are another model, for another process, when a file of theirs has changed under a running worker', async () => {
    const before = await heldEncoder(context, 'e5');
    const path = join(folder, 'xqg.json');
    const card = JSON.parse(await readFile(path, 'utf8')) as { prefixes?: unknown };
    await writeFile(path, JSON.stringify({ ...card, maxQueryTokens: 17 }));
    const after = await heldEncoder(context, 'e5');
    assert.notEqual(after.digest, before.digest);
    assert.notEqual(after.held.digest, before.held.digest);
  });
});
