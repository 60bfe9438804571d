import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadExperiment, type LoadedExperiment } from '../../../core/config/load-experiment.js';
import { InvalidInputError } from '../../../core/errors.js';

/** A valid experiment; none of its files exist. */
export const VALID = `name: small
corpus: { files: passages.jsonl }
queries: { files: queries.jsonl }
qrels: qrels.trec
encoders:
  e5: { model: e5 }
generators:
  mini: { kind: onnx, model: mini }
questions:
  mini:
    generator: mini
    languages: [ar, ja]
    perLanguage: 3
arms:
  - encoder: e5
  - encoder: e5
    questions: mini
    alpha: [0.01, 0.02]
`;

/** {@link VALID} with one place changed. */
export function withChange(from: string, to: string): string {
  assert.ok(VALID.includes(from), from);
  return VALID.replace(from, to);
}

/** A folder for experiment files, made before and removed after the suite that calls this. */
export function experimentFolder() {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-config-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function load(text: string | Uint8Array, checkFiles = false): Promise<LoadedExperiment> {
    const path = join(folder, 'x.yaml');
    await writeFile(path, text);
    return loadExperiment(path, { checkFiles });
  }
  return {
    path: () => folder,
    load,
    /** The lines of the error that loading ends with; the folder's path is cut out. */
    async errorOf(text: string | Uint8Array, checkFiles = false): Promise<string[]> {
      try {
        await load(text, checkFiles);
      } catch (error) {
        assert.ok(error instanceof InvalidInputError, String(error));
        return error.message.replaceAll(`${folder}/`, '').split('\n');
      }
      return assert.fail('loading did not fail');
    },
  };
}
