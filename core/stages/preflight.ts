import type { GeneratorConfig } from '../config/experiment.js';
import type { LoadedExperiment } from '../config/load-experiment.js';
import { expandArms } from '../config/expand-arms.js';
import { resolveLocation, schemeOf } from '../config/locations.js';
import { InvalidInputError } from '../errors.js';
import { loadEncoderCard, loadGeneratorCard, type GeneratorCard } from '../models/card.js';
import { inspectEncoderGraph } from '../models/encoder-graph.js';
import { languageName } from '../models/language-names.js';
import { readOnnxOutline } from '../models/onnx-outline.js';

/**
 * Checks the models of an experiment's arms before anything starts: cards, files, graphs as far as they can be
 * read without loading them, and whether each generator can be told every language it is to ask in. Models in
 * S3 are checked where they are used.
 *
 * @throws InvalidInputError naming every model that is wrong
 */
export async function checkModels({ experiment, baseDir }: LoadedExperiment): Promise<void> {
  const arms = expandArms(experiment, () => 'cosine');
  const problems: string[] = [];
  const check = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      problems.push(error.message);
    }
  };
  for (const name of new Set(arms.map(({ encoder }) => encoder))) {
    const config = experiment.encoders[name];
    if (config !== undefined) await check(() => checkEncoder(resolveLocation(config.model, baseDir)));
  }
  for (const name of new Set(arms.flatMap(({ augmentation }) => augmentation?.questions ?? []))) {
    const set = experiment.questions[name];
    if (set === undefined || !('generator' in set)) continue;
    const generator = experiment.generators[set.generator];
    if (generator !== undefined) await check(() => checkGenerator(generator, set.languages, baseDir));
  }
  if (problems.length > 0) throw new InvalidInputError([...new Set(problems)].join('\n'));
}

async function checkEncoder(folder: string): Promise<void> {
  if (schemeOf(folder) !== undefined) return;
  const card = await loadEncoderCard(folder);
  inspectEncoderGraph(await readOnnxOutline(card.files.model), card);
}

async function checkGenerator(
  config: GeneratorConfig,
  languages: readonly string[],
  baseDir: string,
): Promise<void> {
  if (config.kind === 'openai') {
    for (const language of languages) languageName(language);
    return;
  }
  const folder = resolveLocation(config.model, baseDir);
  if (schemeOf(folder) !== undefined) return;
  const card = await loadGeneratorCard(folder);
  for (const language of languages) checkLanguage(card, language);
  const { encoder, decoder } = card.files;
  const graphs = decoder.layout === 'merged' ? [decoder.merged] : [decoder.first, decoder.withPast];
  for (const path of [encoder, ...graphs]) await readOnnxOutline(path);
}

function checkLanguage({ language: told, folder }: GeneratorCard, language: string): void {
  if (told.by === 'prompt') {
    languageName(language, told.names);
    return;
  }
  if (told.tokenIds[language] !== undefined) return;
  throw new InvalidInputError(
    `Generating questions with ${folder}: expected languages among ${Object.keys(told.tokenIds).join(', ')} (languageTokenIds in xqg.json), found "${language}"`,
  );
}
