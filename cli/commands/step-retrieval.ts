import { Option, type Command } from 'commander';
import { evaluateFiles } from '../../core/evaluation/evaluate-files.js';
import { augmentFiles } from '../../core/retrieval/augment-files.js';
import { searchFiles } from '../../core/retrieval/search-files.js';
import { integer, jsonOption, list, numberBetween } from '../flags.js';
import { createOutput } from '../output.js';
import { outputOption, stepContext, threadsOption } from './step-context.js';

interface AugmentFlags {
  passages: string;
  sums: string;
  alpha: number;
  languages?: string[];
  perLanguage?: number;
  normalize?: boolean;
  precision: 'float16' | 'float32';
  output: string;
  json?: boolean;
}

interface SearchFlags {
  passages: string;
  queries: string;
  depth: number;
  similarity: 'dot' | 'cosine';
  threads: number;
  output: string;
  json?: boolean;
}

interface EvaluateFlags {
  run: string;
  corpus: string;
  queries: string;
  qrels?: string;
  punkt?: string;
  metrics: string[];
  output: string;
  json?: boolean;
}

/** augment, search and evaluate. */
export function addRetrievalSteps(program: Command): void {
  program
    .command('augment')
    .description("Move passages' vectors towards their questions: (1 − α)·p + α·Σq")
    .requiredOption('--passages <file>', 'Arrow IPC file of passage vectors')
    .requiredOption('--sums <file>', "Arrow IPC file of the same passages' sums, in the same order")
    .requiredOption('--alpha <α>', 'how far', numberBetween(0, 1))
    .option('--languages <codes>', 'languages whose questions count (default: all)', list)
    .option('--per-language <n>', 'sums of the first n questions (default: the most there are)', integer(1))
    .option('--normalize', 'divide each vector by its length, for indexes that compare by cosine')
    .addOption(
      new Option('--precision <precision>', 'of the vectors')
        .choices(['float16', 'float32'])
        .default('float32'),
    )
    .addOption(outputOption('Arrow IPC file'))
    .addOption(jsonOption())
    .action(async (flags: AugmentFlags) => {
      const output = createOutput(flags);
      const { passages, columns } = await augmentFiles(flags);
      if (output.json) output.printJson({ passages, columns, output: flags.output });
      else output.note(`${passages} vectors written to ${flags.output}, augmented by ${columns.join(', ')}`);
    });

  program
    .command('search')
    .description('Rank all passages for each query, exactly, and write a TREC run file')
    .requiredOption('--passages <file>', 'Arrow IPC file of passage vectors')
    .requiredOption('--queries <file>', 'Arrow IPC file of query vectors')
    .option('--depth <k>', 'passages kept of each query', integer(1), 100)
    .addOption(
      new Option('--similarity <how>', 'dot: the inner product of the vectors as they are')
        .choices(['dot', 'cosine'])
        .default('dot'),
    )
    .addOption(threadsOption())
    .addOption(outputOption('TREC run file'))
    .addOption(jsonOption())
    .action(async (flags: SearchFlags) => {
      const output = createOutput(flags);
      const { queries, passages } = await searchFiles(flags);
      if (output.json) output.printJson({ queries, passages, output: flags.output });
      else output.note(`${queries} queries ranked over ${passages} passages, written to ${flags.output}`);
    });

  program
    .command('evaluate')
    .description('Measure a TREC run file, and write the metrics as JSON')
    .requiredOption('--run <file>', 'TREC run file')
    .requiredOption(
      '--corpus <file>',
      'passages; read for recall at k tokens (r@2kt), which needs their texts',
    )
    .requiredOption('--queries <file>', 'queries, with answers for recall at k tokens')
    .option('--qrels <file>', 'relevance judgements, TREC or BEIR; needed by recall@k, mrr@k and ndcg@k')
    .option(
      '--punkt <dir>',
      "where sentences end, for r@2kt: a folder like NLTK's punkt_tab/english; default NLTK's English",
    )
    .requiredOption('--metrics <names>', 'such as r@2kt,r@5kt,ndcg@10,recall@100,mrr@10', list)
    .addOption(outputOption('JSON file'))
    .addOption(jsonOption())
    .action(async (flags: EvaluateFlags) => {
      const output = createOutput(flags);
      const { summary, unknownQueries } = await evaluateFiles(flags, stepContext());
      if (unknownQueries > 0)
        output.note(
          `warning: ${unknownQueries} of the run's queries are not in ${flags.queries} and do not count`,
        );
      if (output.json) {
        output.printJson(summary);
        return;
      }
      for (const [metric, { all }] of Object.entries(summary.metrics)) {
        output.print(
          `${metric.padEnd(12)} ${all === null ? '-' : all.toFixed(metric.endsWith('kt') ? 1 : 4)}`,
        );
      }
    });
}
