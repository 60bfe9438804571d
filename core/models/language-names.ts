import { InvalidInputError, messageOf } from '../errors.js';

const englishNames = new Intl.DisplayNames(['en'], {
  type: 'language',
  fallback: 'none',
  languageDisplay: 'standard',
});

/**
 * The name by which a prompt calls a language: the card's, else the English name that `Intl.DisplayNames`
 * knows (ar → Arabic).
 * @throws InvalidInputError for a code without a name.
 */
export function languageName(language: string, names: Readonly<Record<string, string>> = {}): string {
  const given = names[language];
  if (given !== undefined) return given;
  let known: string | undefined;
  let reason = 'Intl.DisplayNames knows none';
  try {
    known = englishNames.of(language);
  } catch (error) {
    reason = messageOf(error);
  }
  if (known === undefined)
    throw new InvalidInputError(
      `Writing the prompt for language "${language}": no English name for it (${reason}); use a BCP 47 code such as ar, or give its name as languageNames in the generator's xqg.json`,
    );
  return known;
}
