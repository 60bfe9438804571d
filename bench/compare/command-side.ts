import { execFile } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Side } from './side-process.js';

const execute = promisify(execFile);

/** Of what a command prints; a whole demo's is about a tenth of that. */
const MAX_PRINTED_BYTES = 2 ** 24;

/** A command, from its start to its end. */
export interface TimedCommand {
  command: string;
  args: string[];
  /** The file that it leaves, which the check reads. */
  result: string;
  /** Figures of the round that the file tells, such as seconds by step: kept with the results. */
  valuesOf(text: string): Record<string, number>;
}

/**
 * A side that starts anew for every round, loading included: what a user waits for.
 * @param next the command of the coming round
 */
export function commandSide(name: string, next: () => Promise<TimedCommand>): Side {
  let result: string | undefined;
  return {
    name,
    run: async () => {
      const { command, args, valuesOf, ...made } = await next();
      const started = performance.now();
      await execute(command, args, { maxBuffer: MAX_PRINTED_BYTES });
      const seconds = (performance.now() - started) / 1000;
      result = made.result;
      return { seconds, values: valuesOf(await readFile(result, 'utf8')) };
    },
    save: async (path) => {
      if (result === undefined) throw new Error(`Saving what ${name} gave: it has not run`);
      await copyFile(result, path);
    },
    close: () => Promise.resolve(),
  };
}
