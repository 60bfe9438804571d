import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { statisticsToParquet } from '../../core/report/statistics-parquet.js';
import { queryMetricsToParquet } from '../../core/formats/metrics.js';
import { metricsOf } from '../../core/report/metrics-json.js';
import { renderTable } from '../../core/report/table.js';
import { InvalidInputError } from '../../core/errors.js';
import { readQueryMetrics } from '../../core/stages/query-metrics.js';
import { jsonOption, list, storeOption } from '../flags.js';
import { createOutput } from '../output.js';
import { armsToExport, exportRankings } from '../runs/export-rankings.js';
import { findStore } from '../runs/find-store.js';
import { readReportData } from '../../core/stages/stored-report.js';

interface ReportFlags {
  out?: string;
  rankings?: string[];
  store?: string;
  json?: boolean;
}

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description(
      "Print a run's results; with --out, write them there as HTML, Markdown, LaTeX, JSON and Parquet",
    )
    .argument('<run>', 'run id')
    .option('--out <dir>', 'folder to write to')
    .option(
      '--rankings <arms>',
      'with --out: also these arms\' rankings (ids, or "all"), as TREC run and Parquet',
      list,
    )
    .addOption(storeOption())
    .addOption(jsonOption())
    .action(async (runId: string, flags: ReportFlags) => {
      const output = createOutput(flags);
      if (flags.rankings !== undefined && flags.out === undefined)
        throw new InvalidInputError('report --rankings: say with --out which folder they go to');
      const store = await findStore(flags.store, runId);
      try {
        const data = await readReportData(store, runId);
        const arms = await armsToExport(store, runId, flags.rankings ?? []);
        if (flags.out !== undefined) {
          // Plots are drawn by a large library, which printing a table does not need.
          const { renderHtml } = await import('../../core/report/html.js');
          const { renderLatex } = await import('../../core/report/latex.js');
          const { renderMarkdown } = await import('../../core/report/markdown.js');
          await mkdir(flags.out, { recursive: true });
          await writeFile(join(flags.out, 'report.html'), renderHtml(data));
          await writeFile(join(flags.out, 'report.md'), renderMarkdown(data));
          await writeFile(join(flags.out, 'report.tex'), renderLatex(data));
          await writeFile(join(flags.out, 'report.json'), json(data));
          await writeFile(join(flags.out, 'metrics.json'), json(metricsOf(data)));
          const rows = await readQueryMetrics(
            store,
            runId,
            data.arms.map(({ arm }) => arm.id),
          );
          await writeFile(join(flags.out, 'metrics.parquet'), await queryMetricsToParquet(rows));
          if (data.statistics !== undefined)
            await writeFile(
              join(flags.out, 'statistics.parquet'),
              await statisticsToParquet(data.statistics),
            );
          const files = await exportRankings(store, runId, arms, flags.out);
          output.note(
            `wrote report.html, .md, .tex and .json, metrics.json and .parquet${data.statistics ? ', statistics.parquet' : ''}${files > 0 ? `, ${files} ranking files` : ''} to ${flags.out}`,
          );
        }
        if (output.json) output.printJson(data);
        else
          output.print(
            renderTable(data, {
              color: process.stdout.isTTY,
              ...(process.stdout.columns > 0 && { width: process.stdout.columns }),
            }),
          );
      } finally {
        await store.close();
      }
    });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
