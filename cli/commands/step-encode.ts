import { Option, type Command } from 'commander';
import { CORPUS_FORMATS, QUERY_FORMATS, type InputFormat } from '../../core/datasets/formats/names.js';
import { readPawsx } from '../../core/datasets/pawsx.js';
import { pawsxRobustness } from '../../core/evaluation/pawsx.js';
import { openOnnxEncoder } from '../../core/models/onnx-encoder.js';
import { encodeFile } from '../../core/steps/encode-file.js';
import { ingestFile } from '../../core/steps/ingest-file.js';
import { writeJsonFile } from '../../core/formats/json-file.js';
import { integer, jsonOption, list } from '../flags.js';
import { createOutput } from '../output.js';
import { createStepProgress } from '../step-progress.js';
import {
  computeTypeOption,
  deviceOption,
  inputOption,
  modelOption,
  outputOption,
  stepContext,
  threadsOption,
} from './step-context.js';

interface IngestFlags {
  kind: 'passage' | 'query';
  input: string[];
  format?: InputFormat;
  lang?: string;
  quarantine?: string;
  maxBadRecords: number;
  output: string;
  json?: boolean;
}

interface EncodeFlags {
  model: string;
  kind: 'passage' | 'query';
  input: string[];
  lang?: string;
  precision: 'float16' | 'float32';
  batchTokens?: number;
  device: 'cpu' | 'cuda';
  computeType: 'float32' | 'int8';
  threads: number;
  output: string;
  json?: boolean;
}

interface RobustnessFlags {
  model: string;
  pawsx: string;
  languages: string[];
  maxTokens: number;
  device: 'cpu' | 'cuda';
  computeType: 'float32' | 'int8';
  threads: number;
  output: string;
  json?: boolean;
}

const kindOption = (): Option =>
  new Option('--kind <kind>', 'what the texts are').choices(['passage', 'query']).makeOptionMandatory();
const langOption = (): Option => new Option('--lang <code>', 'language of queries in files that name none');

/** ingest, encode and robustness. */
export function addEncodingSteps(program: Command): void {
  program
    .command('ingest')
    .description('Check passages or queries, and write them as one Parquet file')
    .addOption(kindOption())
    .addOption(inputOption('records'))
    .addOption(
      new Option('--format <format>', 'default: by name and content').choices([
        ...new Set([...CORPUS_FORMATS, ...QUERY_FORMATS]),
      ]),
    )
    .addOption(langOption())
    .option('--quarantine <file>', 'set bad records aside here, a JSON line each, instead of refusing them')
    .option('--max-bad-records <n>', 'with --quarantine: more than this many are refused', integer(0), 1000)
    .addOption(outputOption('Parquet file'))
    .addOption(jsonOption())
    .action(async (flags: IngestFlags) => {
      const output = createOutput(flags);
      const { rows, bad, repeated, unwanted, files } = await ingestFile(flags, stepContext());
      if (output.json) output.printJson({ rows, bad: bad.length, repeated, unwanted, files });
      else {
        const again = repeated > 0 ? `, ${repeated} repeated passages left out` : '';
        output.note(`${rows} records written to ${flags.output}, ${bad.length} bad ones set aside${again}`);
      }
    });

  program
    .command('encode')
    .description('Encode passages or queries, and write the vectors as an Arrow IPC file')
    .addOption(modelOption())
    .addOption(kindOption())
    .addOption(inputOption('texts'))
    .addOption(langOption())
    .addOption(
      new Option('--precision <precision>', 'of the vectors')
        .choices(['float16', 'float32'])
        .default('float32'),
    )
    .option('--batch-tokens <n>', 'tokens in a batch, padding included', integer(1))
    .addOption(deviceOption())
    .addOption(computeTypeOption())
    .addOption(threadsOption())
    .addOption(outputOption('Arrow IPC file'))
    .addOption(jsonOption())
    .action(async (flags: EncodeFlags) => {
      const output = createOutput(flags);
      const { device, computeType, threads, batchTokens } = flags;
      const encoder = await openOnnxEncoder(flags.model, {
        device,
        computeType,
        threads,
        ...(batchTokens && { batchTokens }),
      });
      const progress = createStepProgress(output, flags.kind === 'passage' ? 'passages' : 'queries');
      try {
        const rows = await encodeFile(encoder, flags, stepContext(), progress.update);
        progress.stop();
        if (output.json) output.printJson({ rows, dimensions: encoder.dimensions, output: flags.output });
        else output.note(`${rows} vectors of ${encoder.dimensions} dimensions written to ${flags.output}`);
      } finally {
        progress.stop();
        await encoder.close();
      }
    });

  program
    .command('robustness')
    .description('Measure an encoder on PAWS-X: similarity of pairs, and how often an adversary wins')
    .addOption(modelOption())
    .requiredOption('--pawsx <dir>', 'folder with LANG.tsv or *-LANG.tsv, plain or .gz; English among them')
    .requiredOption('--languages <codes>', 'languages to measure, such as en,de,ja', list)
    .option('--max-tokens <n>', 'tokens of a sentence, special tokens included', integer(1), 64)
    .addOption(deviceOption())
    .addOption(computeTypeOption())
    .addOption(threadsOption())
    .addOption(outputOption('JSON file'))
    .addOption(jsonOption())
    .action(async (flags: RobustnessFlags) => {
      const output = createOutput(flags);
      const { device, computeType, threads, maxTokens: maxQueryTokens, languages } = flags;
      const rows = await readPawsx(flags.pawsx, [...new Set(['en', ...languages])]);
      const encoder = await openOnnxEncoder(flags.model, { device, computeType, threads, maxQueryTokens });
      try {
        const byLanguage = Object.fromEntries(await pawsxRobustness(encoder, rows, languages));
        await writeJsonFile(flags.output, { byLanguage });
        if (output.json) output.printJson({ byLanguage });
        else output.note(`robustness in ${languages.join(', ')} written to ${flags.output}`);
      } finally {
        await encoder.close();
      }
    });
}
