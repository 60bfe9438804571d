import { createHash } from 'node:crypto';
import { locationsOf } from '../config/locations.js';
import { InvalidInputError } from '../errors.js';
import type { DatasetContext, Files } from './context.js';
import { findInputFiles } from './find-files.js';
import { checkForm } from './formats/registry.js';
import { readSquadQuestions } from './formats/squad.js';
import type { GivenAnswers } from './kinds.js';
import { sha256Of } from './read-records.js';

/**
 * Reads the answers of SQuAD files by the questions' own ids, which translations share: English answers for
 * questions in other languages, so that they can be looked for in English passages. All are held in memory.
 *
 * @throws InvalidInputError when a file is of another form, or has no question
 */
export async function readSquadAnswers(given: Files, context: DatasetContext): Promise<GivenAnswers> {
  const config = { files: given, format: 'squad' as const, lang: 'und' };
  const { files, close } = await findInputFiles(config, context, 'answers');
  const byId = new Map<string, string[]>();
  const digest = createHash('sha256');
  try {
    for (const file of files) {
      await checkForm(file);
      const sha256 = await sha256Of(file);
      file.checkSha256(sha256);
      digest.update(sha256);
      for await (const { id, answers } of readSquadQuestions(file)) {
        if (typeof id !== 'string' || !Array.isArray(answers)) continue;
        const texts = (answers as unknown[]).filter((text) => typeof text === 'string');
        byId.set(id, [...new Set([...(byId.get(id) ?? []), ...texts])]);
      }
    }
  } finally {
    await close();
  }
  const source = locationsOf(given).join(', ');
  if (byId.size === 0)
    throw new InvalidInputError(`Reading the answers: expected questions in ${source}, found none`);
  return { byId, source, digest: digest.digest('hex') };
}
