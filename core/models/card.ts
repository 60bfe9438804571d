import { resolve } from 'node:path';
import { InvalidInputError } from '../errors.js';
import { resolveEncoderCard } from './card-encoder.js';
import { assertModelFolder, readModelJson } from './card-folder.js';
import { resolveGeneratorCard } from './card-generator.js';
import { CardSchema, type EncoderCard, type GeneratorCard } from './card-schema.js';

export type { DecoderFiles, EncoderCard, GeneratorCard } from './card-schema.js';

/**
 * Loads a model's card from its local folder (see `localModelFolder` for `s3://…`), with absolute paths and
 * every option filled in.
 * @throws InvalidInputError naming folder, field, what was expected and what was found.
 */
export async function loadCard(folder: string): Promise<EncoderCard | GeneratorCard> {
  const absolute = resolve(folder);
  await assertModelFolder(absolute);
  const card = await readModelJson(absolute, 'xqg.json', CardSchema);
  if (!card)
    throw new InvalidInputError(
      `Loading the model ${absolute}: xqg.json is missing; the least that it holds is {"kind": "encoder"} or {"kind": "generator"} (docs/models.md)`,
    );
  return card.kind === 'encoder'
    ? await resolveEncoderCard(absolute, card)
    : await resolveGeneratorCard(absolute, card);
}

/** Loads the card of an encoder. @throws InvalidInputError, also when the model is a generator. */
export async function loadEncoderCard(folder: string): Promise<EncoderCard> {
  const card = await loadCard(folder);
  if (card.kind !== 'encoder') throw wrongKind(card, 'encoder');
  return card;
}

/** Loads the card of a generator. @throws InvalidInputError, also when the model is an encoder. */
export async function loadGeneratorCard(folder: string): Promise<GeneratorCard> {
  const card = await loadCard(folder);
  if (card.kind !== 'generator') throw wrongKind(card, 'generator');
  return card;
}

function wrongKind(card: EncoderCard | GeneratorCard, expected: string): InvalidInputError {
  return new InvalidInputError(
    `Loading the model ${card.folder}: expected kind ${expected}, found ${card.kind} in xqg.json; give the folder of the other model`,
  );
}
