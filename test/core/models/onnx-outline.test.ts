import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError } from '../../../core/errors.js';
import { readOnnxOutline } from '../../../core/models/onnx-outline.js';
import { openSession } from '../../../core/models/session.js';
import { projectRoot } from '../../../core/project-root.js';

const tinyBert = join(projectRoot(), 'test/golden/encoder/tiny-bert/model.onnx');
const mini = join(projectRoot(), 'models/xqg-mini');

describe('outline of an ONNX file', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-onnx-'));
  });
  after(() => rm(folder, { recursive: true }));

  for (const path of [
    'test/golden/encoder/tiny-bert/model.onnx',
    'test/golden/generator/mt5/decoder_model_merged.onnx',
    'models/multilingual-e5-small-q4/onnx/model_q4.onnx',
    'models/xqg-mini/decoder_with_past_model.onnx',
  ]) {
    it(`tells of ${path} what a session tells`, async () => {
      const outline = await readOnnxOutline(join(projectRoot(), path));
      const session = await openSession(join(projectRoot(), path), { threads: 1 });
      assert.deepEqual(outline.inputNames, [...session.inputNames]);
      assert.deepEqual(outline.outputNames, [...session.outputNames]);
      assert.deepEqual(outline.outputMetadata[0], session.outputMetadata[0]);
      assert.deepEqual(
        outline.inputMetadata.map((input) => input.isTensor && input.type),
        session.inputMetadata.map((input) => input.isTensor && input.type),
      );
      await session.release();
    });
  }

  for (const share of [0.02, 0.5, 0.999]) {
    it(`refuses a file of which ${share * 100} % are there`, async () => {
      const path = join(folder, 'cut.onnx');
      await copyFile(tinyBert, path);
      await truncate(path, Math.floor((await stat(path)).size * share));
      await assert.rejects(readOnnxOutline(path), (error: unknown) => {
        assert.ok(error instanceof InvalidInputError);
        assert.match(error.message, /cut\.onnx: expected a whole ONNX file, but at byte \d+ of \d+ it is cut off/);
        return true;
      });
    });
  }

  it('refuses an empty file', async () => {
    const path = join(folder, 'empty.onnx');
    await writeFile(path, '');
    await assert.rejects(readOnnxOutline(path), /expected a whole ONNX file, but it has no graph/);
  });

  it('refuses a file that is no protobuf', async () => {
    const path = join(folder, 'page.onnx');
    await writeFile(path, '<!doctype html><title>404</title>');
    await assert.rejects(readOnnxOutline(path), InvalidInputError);
  });

  it('refuses a graph whose weights are missing beside it', async () => {
    const path = join(folder, 'decoder_model.onnx');
    await copyFile(join(mini, 'decoder_model.onnx'), path);
    await assert.rejects(readOnnxOutline(path), /need \d+ bytes of .*decoder_weights\.bin, which is missing/);
  });

  it('refuses a graph whose weights are cut', async () => {
    const path = join(folder, 'decoder_model.onnx');
    await copyFile(join(mini, 'decoder_model.onnx'), path);
    const weights = await readFile(join(mini, 'decoder_weights.bin'));
    await writeFile(join(folder, 'decoder_weights.bin'), weights.subarray(0, 1000));
    await assert.rejects(readOnnxOutline(path), /need \d+ bytes of .*decoder_weights\.bin, which has 1000/);
  });
});
