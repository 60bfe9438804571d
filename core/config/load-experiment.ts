import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InvalidInputError, messageOf } from '../errors.js';
import { crossProblems, unusedEntries } from './cross-problems.js';
import { ExperimentSchema, type Experiment } from './experiment.js';
import { fileProblems } from './file-problems.js';
import { formatProblem, problemsError } from './problems.js';
import { schemaProblems } from './schema-problems.js';
import { parseYaml } from './yaml-source.js';

export interface LoadedExperiment {
  /** Defaults filled in; paths as written, see `resolveLocation`. */
  experiment: Experiment;
  /** As given. */
  path: string;
  /** Absolute folder of the file: what the experiment's relative paths are relative to. */
  baseDir: string;
  /** The file's text, for the run's record. */
  source: string;
  /** Entries that nothing uses, one line each, with their place in the file. */
  warnings: string[];
}

export interface LoadOptions {
  /** Whether local files and folders that the experiment names have to be there. @default true */
  checkFiles?: boolean;
}

/**
 * Reads and checks an experiment file.
 * @throws InvalidInputError with one line for each problem, in the order of the file:
 *   `examples/demo.yaml:12:5 arms[2].alpha: expected a number, found "x"`. Syntax is checked first, then the
 *   schema, then what parts say of each other and which files are there.
 */
export async function loadExperiment(path: string, options: LoadOptions = {}): Promise<LoadedExperiment> {
  const text = await readText(path);
  const source = parseYaml(text);
  if (source.problems.length > 0)
    throw new InvalidInputError(
      source.problems.map(({ line, column, message }) => `${path}:${line}:${column} ${message}`).join('\n'),
    );

  if (source.data === null)
    throw new InvalidInputError(
      `${path}:1:1 the file is empty; docs/experiment.md says what an experiment holds`,
    );
  const parsed = ExperimentSchema.safeParse(source.data);
  if (!parsed.success)
    throw problemsError(path, schemaProblems(ExperimentSchema, source.data, parsed.error.issues), source);

  const experiment = parsed.data;
  const baseDir = dirname(resolve(path));
  const problems = crossProblems(experiment, source.data);
  if (options.checkFiles ?? true) problems.push(...(await fileProblems(experiment, baseDir)));
  if (problems.length > 0) throw problemsError(path, problems, source);
  const warnings = unusedEntries(experiment).map((problem) => formatProblem(path, problem, source));
  return { experiment, path, baseDir, source: text, warnings };
}

async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'there is no such file' : messageOf(error);
    throw new InvalidInputError(`Reading the experiment ${path}: ${reason}`, { cause: error });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new InvalidInputError(
      `Reading the experiment ${path}: expected UTF-8, found other bytes; save it as UTF-8`,
      {
        cause: error,
      },
    );
  }
}
