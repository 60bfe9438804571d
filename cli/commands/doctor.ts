import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadExperiment } from '../../core/config/load-experiment.js';
import { resolveLocation } from '../../core/config/locations.js';
import { messageOf } from '../../core/errors.js';
import { loadCard } from '../../core/models/card.js';
import { localModelFolder } from '../../core/models/model-folder.js';
import { checkStore } from '../../core/store/check-store.js';
import { openStore } from '../../core/store/open-store.js';
import { cachedBinaryPath, isExecutable } from '../../infra/cache.js';
import { binaryFromVariable, binaryOnPath } from '../../infra/find-binary.js';
import { temporalTarget } from '../../infra/temporal-connection.js';
import { defaultBudget } from '../../workers/model-pool.js';
import { exitCodes } from '../exit.js';
import { jsonOption, storeOption } from '../flags.js';
import { createOutput } from '../output.js';
import { connectTo } from '../runs/connect.js';

/** `missing` is worth knowing, and no obstacle to everything. */
type Verdict = 'ok' | 'missing' | 'wrong';

interface Finding {
  what: string;
  verdict: Verdict;
  detail: string;
}

interface DoctorFlags {
  store?: string;
  json?: boolean;
}

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('Tell what is installed, reachable and readable, and what an experiment would lack')
    .argument('[experiment]', 'also check this experiment file, its data, models and store')
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (experiment: string | undefined, flags: DoctorFlags) => {
      const output = createOutput(flags);
      const findings = await examine(experiment, flags.store);
      if (output.json) output.printJson({ findings });
      else
        for (const { what, verdict, detail } of findings)
          output.print(`${verdict.padEnd(8)} ${what}: ${detail}`);
      if (findings.some(({ verdict }) => verdict === 'wrong')) process.exitCode = exitCodes.invalid;
    });
}

async function examine(experiment: string | undefined, store: string | undefined): Promise<Finding[]> {
  const budget = defaultBudget();
  const findings = [
    await check('Node.js', 'wrong', () => Promise.resolve(process.version)),
    await check('ONNX Runtime', 'wrong', () => Promise.resolve(onnxRuntimeVersion())),
    await check('model processes', 'wrong', () =>
      Promise.resolve(`${budget.processes} at once, ${budget.threads} thread(s) each`),
    ),
    await check('Temporal CLI, for --embedded', 'missing', installedTemporalCli),
    await check('Temporal server', 'missing', temporalServer),
  ];
  if (store !== undefined) findings.push(await check(`store ${store}`, 'wrong', () => writableStore(store)));
  if (experiment === undefined) return findings;
  return [...findings, ...(await examineExperiment(experiment, store))];
}

async function examineExperiment(path: string, store: string | undefined): Promise<Finding[]> {
  const findings: Finding[] = [];
  findings.push(
    await check(path, 'wrong', async () => {
      const { experiment, baseDir } = await loadExperiment(path);
      const models = [...Object.values(experiment.encoders), ...Object.values(experiment.generators)];
      for (const { model, ...rest } of models) {
        if ('kind' in rest && rest.kind === 'openai') continue;
        const location = resolveLocation(model, baseDir);
        findings.push(
          await check(
            `model ${model}`,
            'wrong',
            async () => (await loadCard(await localModelFolder(location))).name,
          ),
        );
      }
      if (store === undefined) {
        const uri = resolveLocation(experiment.store ?? '.xqg', baseDir);
        findings.push(await check(`store ${uri}`, 'wrong', () => writableStore(uri)));
      }
      return 'readable, and so is what it names';
    }),
  );
  return findings;
}

async function check(what: string, otherwise: Verdict, look: () => Promise<string>): Promise<Finding> {
  try {
    return { what, verdict: 'ok', detail: await look() };
  } catch (error) {
    return { what, verdict: otherwise, detail: messageOf(error) };
  }
}

function onnxRuntimeVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('onnxruntime-node/package.json') as { version: string }).version;
}

async function temporalServer(): Promise<string> {
  const target = temporalTarget();
  const client = await connectTo(target);
  await client.close();
  return `${String(target.connectionOptions.address)}, namespace ${target.namespace}`;
}

async function writableStore(uri: string): Promise<string> {
  const store = await openStore(uri.includes('://') ? uri : resolve(uri));
  try {
    await checkStore(store);
    return 'can be written, listed and read';
  } finally {
    await store.close();
  }
}

/** Where `--embedded` would find a server without downloading or building one. */
async function installedTemporalCli(): Promise<string> {
  const given =
    (await binaryFromVariable('XQG_TEMPORAL_CLI', process.env)) ??
    (await binaryOnPath('temporal', process.env));
  const cached = cachedBinaryPath('temporal');
  const found = given ?? ((await isExecutable(cached)) ? cached : undefined);
  if (found !== undefined) return found;
  throw new Error('none yet; the first embedded run downloads it, or builds it with Go');
}
