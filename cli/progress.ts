import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { ExperimentProgress, StageProgress } from '../workflows/contract.js';
import type { Output } from './output.js';

/** Shows how a run gets on: bars on a terminal, plain lines in a log, JSON lines for machines. */
export interface ProgressReporter {
  update(progress: ExperimentProgress): void;
  stop(): void;
}

export function createProgressReporter(output: Output): ProgressReporter {
  if (output.json) return jsonReporter(output);
  return output.terminal ? barReporter() : lineReporter(output);
}

function jsonReporter(output: Output): ProgressReporter {
  let last = '';
  return {
    update(progress) {
      // Seconds alone are no news.
      const news = JSON.stringify(progress.stages.map((stage) => ({ ...stage, seconds: 0 })));
      if (news !== last) output.printJson({ event: 'progress', ...progress });
      last = news;
    },
    stop: () => undefined,
  };
}

function lineReporter(output: Output): ProgressReporter {
  const told = new Map<string, string>();
  return {
    update({ stages }) {
      for (const stage of stages) {
        const line = describe(stage);
        if (line === undefined || told.get(stage.node) === line) continue;
        told.set(stage.node, line);
        output.note(`${stage.node.padEnd(24)} ${line}`);
      }
    },
    stop: () => undefined,
  };
}

function barReporter(): ProgressReporter {
  const bars = new MultiBar(
    {
      format: '{node} {bar} {done}/{total} shards  {note}',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: false,
      autopadding: true,
      fps: 5,
    },
    Presets.shades_grey,
  );
  const byNode = new Map<string, SingleBar>();
  return {
    update({ stages }) {
      for (const stage of stages) {
        const note = describe(stage);
        if (note === undefined) continue;
        const total = Math.max(1, stage.shards);
        const done = stage.state === 'done' ? total : stage.done;
        const payload = { node: stage.node.padEnd(24), note, done };
        const bar = byNode.get(stage.node) ?? bars.create(total, 0, payload);
        byNode.set(stage.node, bar);
        bar.setTotal(total);
        bar.update(done, payload);
      }
    },
    stop: () => {
      bars.stop();
    },
  };
}

/** One stage in words; undefined while there is nothing to say of it. */
export function describe(stage: StageProgress): string | undefined {
  const rows =
    (stage.totals?.rows ?? 0) === 0 ? '' : `, ${(stage.totals?.rows ?? 0).toLocaleString('en')} rows`;
  const { quarantined = 0 } = stage.totals ?? {};
  const leftOut = quarantined === 0 ? '' : `, ${quarantined} quarantined`;
  switch (stage.state) {
    case 'pending':
      if (stage.done === 0 && stage.failed === 0) return undefined;
      return `pending, ${stage.done} of ${stage.shards} shards done${stage.failed > 0 ? `, ${stage.failed} FAILED` : ''}`;
    case 'done':
      if (stage.reused) return `reused${rows}${leftOut}`;
      return `done in ${stage.seconds.toFixed(1)} s${rows}${leftOut}${reusedShards(stage)}`;
    case 'failed':
      return `FAILED: ${stage.error ?? 'see xqg shards --failed'}`;
    case 'waiting':
      return `${stage.failed} of ${stage.shards} shards FAILED${noteOf(stage)}; waits for xqg rerun or xqg cancel`;
    default:
      if (stage.shards === 0) return 'preparing';
      return `${stage.state}, ${stage.done} of ${stage.shards} shards${stage.failed > 0 ? `, ${stage.failed} FAILED` : ''}${noteOf(stage)}`;
  }
}

function noteOf({ note }: StageProgress): string {
  return note === undefined ? '' : ` (${note})`;
}

function reusedShards(stage: StageProgress): string {
  return stage.reusedShards > 0 ? `, ${stage.reusedShards} of ${stage.shards} shards reused` : '';
}
