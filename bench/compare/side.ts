import { createInterface } from 'node:readline';
import { z } from 'zod';

/** What a side of ours does, everything loaded. */
export interface SideWork {
  /** The work that is timed. Returns figures for the table, or `seconds` of its own where only a part counts. */
  run(): Promise<Record<string, number> | undefined>;
  /** Writes what the last run gave, for the check. */
  save(path: string): Promise<void>;
}

const RequestSchema = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('run') }),
  z.strictObject({ do: z.literal('save'), path: z.string() }),
]);

/**
 * The body of a side's process: opens the work with the input of the command line, then answers requests, a JSON line
 * each, until its input ends. `python/side.py` is the same for Python.
 */
export async function serveSide<T>(
  schema: z.ZodType<T>,
  open: (input: T) => Promise<SideWork>,
): Promise<void> {
  const work = await open(schema.parse(JSON.parse(process.argv[2] ?? 'null')));
  const answer = (reply: object): boolean => process.stdout.write(`${JSON.stringify(reply)}\n`);
  answer({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = RequestSchema.parse(JSON.parse(line));
    if (request.do === 'save') {
      await work.save(request.path);
      answer({ saved: true });
    } else {
      const started = performance.now();
      const told = await work.run();
      const { seconds, ...values } = { seconds: (performance.now() - started) / 1000, ...told };
      answer({ seconds, values });
    }
  }
  process.exit(0);
}
