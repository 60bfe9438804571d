import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidInputError, messageOf } from '../errors.js';
import { projectRoot } from '../project-root.js';
import { ObjectNotFoundError, type Store } from '../store/store.js';

/** What Punkt knows of a language: NLTK's `PunktParameters`. Words are in lower case. */
export interface SentenceParameters {
  /** Abbreviations, without the last period: `dr`, `u.s`. */
  abbreviations: ReadonlySet<string>;
  /** Pairs `word next` where the period after the first does not end a sentence. */
  collocations: ReadonlySet<string>;
  /** Words that often begin a sentence. */
  sentenceStarters: ReadonlySet<string>;
  /** Word → sum of the {@link Orthography} in which it occurs. */
  orthography: ReadonlyMap<string, number>;
}

/** Where in a sentence, and in which case, a word was seen. */
export const Orthography = {
  initialUpper: 2,
  internalUpper: 4,
  unknownUpper: 8,
  initialLower: 16,
  internalLower: 32,
  unknownLower: 64,
} as const;

export interface LoadedSentenceParameters {
  parameters: SentenceParameters;
  /** SHA-256 of what was loaded, names of folders excluded. */
  digest: string;
}

const FILES = ['abbrev_types.txt', 'collocations.tab', 'sent_starters.txt', 'ortho_context.tab'] as const;

/** NLTK's parameters for English, trained on the Wall Street Journal; models/punkt-english/README.md. */
export function englishParametersFolder(): string {
  return join(projectRoot(), 'models', 'punkt-english');
}

/**
 * Reads parameters from a folder in the form of NLTK's `punkt_tab/english`: a word a line in `abbrev_types.txt` and
 * `sent_starters.txt`, two words and a tab in `collocations.tab`, a word, a tab and a number in `ortho_context.tab`.
 *
 * @param folder path or `s3://` URI @default the bundled English ones
 * @throws InvalidInputError when a file is missing or a line is malformed
 */
export async function loadSentenceParameters(
  folder = englishParametersFolder(),
  openStore?: (uri: string) => Promise<Store>,
): Promise<LoadedSentenceParameters> {
  const texts = await readFiles(folder, openStore);
  const [abbreviations, collocations, starters, orthography] = texts.map((text) =>
    text.split(/\r?\n/).filter((line) => line !== ''),
  ) as [string[], string[], string[], string[]];
  const digest = createHash('sha256').update(JSON.stringify(texts)).digest('hex');
  const pairs = tabbed(folder, 'collocations.tab', collocations, /^[^\t]+\t[^\t]+$/, 'two words and a tab');
  const cases = tabbed(
    folder,
    'ortho_context.tab',
    orthography,
    /^[^\t]+\t\d+$/,
    'a word, a tab and a number',
  );
  const parameters = {
    abbreviations: new Set(abbreviations),
    collocations: new Set(pairs.map(([word, next]) => `${word} ${next}`)),
    sentenceStarters: new Set(starters),
    orthography: new Map(cases.map(([word, flags]) => [word, Number(flags)])),
  };
  return { parameters, digest };
}

async function readFiles(folder: string, openStore?: (uri: string) => Promise<Store>): Promise<string[]> {
  const store = folder.startsWith('s3://') ? await openStore?.(folder) : undefined;
  try {
    return await Promise.all(
      FILES.map(async (name) =>
        store
          ? Buffer.from(await store.get(name)).toString('utf8')
          : await readFile(join(folder, name), 'utf8'),
      ),
    );
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!(error instanceof ObjectNotFoundError) && !['ENOENT', 'ENOTDIR', 'EISDIR'].includes(code))
      throw error;
    throw new InvalidInputError(
      `Reading Punkt's parameters from ${folder}: expected ${FILES.join(', ')}, as in NLTK's punkt_tab/english, ` +
        `found: ${messageOf(error)}`,
      { cause: error },
    );
  } finally {
    await store?.close();
  }
}

function tabbed(
  folder: string,
  name: string,
  lines: readonly string[],
  form: RegExp,
  expected: string,
): [string, string][] {
  return lines.map((line, i) => {
    if (!form.test(line)) {
      throw new InvalidInputError(
        `Reading Punkt's parameters from ${folder}/${name} line ${i + 1}: expected ${expected}, found ${JSON.stringify(line)}`,
      );
    }
    return line.split('\t') as [string, string];
  });
}
