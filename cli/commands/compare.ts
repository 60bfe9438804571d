import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { compareRuns } from '../../core/compare/compare-runs.js';
import { renderComparison } from '../../core/compare/render.js';
import { readRunFacts, type RunFacts } from '../../core/compare/run-facts.js';
import { jsonOption, outputPath, storeOption } from '../flags.js';
import { createOutput } from '../output.js';
import { findStore } from '../runs/find-store.js';

interface CompareFlags {
  store?: string;
  storeB?: string;
  out?: string;
  json?: boolean;
}

export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description("Show where two runs' options, inputs, models, artifacts and metrics differ")
    .argument('<run-a>', 'run id')
    .argument('<run-b>', 'run id')
    .addOption(storeOption())
    .option('--store-b <uri>', 'the store of the second run, where that is another')
    .option('--out <file>', 'also write the comparison to this file, as Markdown', outputPath)
    .addOption(jsonOption())
    .action(async (runA: string, runB: string, flags: CompareFlags) => {
      const output = createOutput(flags);
      const a = await factsOf(flags.store, runA);
      const b = await factsOf(flags.storeB ?? flags.store, runB);
      const comparison = compareRuns(a, b);
      const text = renderComparison(comparison);
      if (flags.out !== undefined) await writeFile(flags.out, text);
      if (output.json) output.printJson(comparison);
      else output.print(text.trimEnd());
    });
}

async function factsOf(given: string | undefined, runId: string): Promise<RunFacts> {
  const store = await findStore(given, runId);
  try {
    return await readRunFacts(store, runId);
  } finally {
    await store.close();
  }
}
