import type { Stage, WorkKind } from '../../core/stages/graph.js';
import type { Shape } from './shape.js';

/** Stages that are measured together, because one run of them gives the figures of all. */
export interface Lane {
  id: string;
  /** Done by the real code; all others claim, or give what was drawn at random, in no time. */
  real: readonly Stage[];
  /** Whose workers run, a process each, beside one with the role `workflow`. */
  roles: readonly Exclude<WorkKind, 'workflow'>[];
  /** Of these roles memory is told; the others only supply. */
  measured: readonly WorkKind[];
  /** Shards of passages at size 1. */
  shards: number;
  shape: Shape;
  /** Another shape, by which the formula of memory is checked. */
  otherShape: Partial<Shape>;
  /** Runs over the same corpus, one after the other, each until these stages are done. */
  runs: readonly LaneRun[];
  /** Whether a run over a few passages comes first, in which model processes load what they hold. */
  warm: boolean;
}

export interface LaneRun {
  /** Stages that are timed, by id or kind; the run is left as soon as they are done. */
  until: readonly string[];
  /** Whether the arm with questions is written out, so that the run has a stage `augment`. */
  exported?: boolean;
}

const shape: Shape = {
  shardPassages: 64,
  dimensions: 384,
  columns: 1,
  queries: 512,
  depth: 100,
  batchTokens: 512,
  blockPassages: 32,
  blockQuestions: 16_384,
  batchRows: 64,
};

/**
 * Corpora are as large as a role gets through at 16 times the size in about two minutes on one core, in shards of
 * the usual number of passages where there is no model, and of few where there is one.
 */
export const LANES: readonly Lane[] = [
  {
    id: 'texts',
    real: ['ingest', 'import', 'evaluate'],
    roles: ['io', 'encode', 'search'],
    measured: ['io', 'search'],
    shards: 4,
    shape: { ...shape, shardPassages: 16_384 },
    otherShape: { shardPassages: 4096 },
    runs: [{ until: ['ingest.corpus', 'import', 'evaluate'] }],
    warm: false,
  },
  {
    id: 'encode',
    real: ['ingest', 'encode'],
    roles: ['io', 'encode'],
    measured: ['encode'],
    shards: 4,
    shape,
    otherShape: { shardPassages: 256, blockPassages: 256, batchTokens: 8192 },
    runs: [{ until: ['encode.corpus.e5'] }],
    warm: true,
  },
  {
    id: 'generate',
    real: ['ingest', 'generate'],
    roles: ['io', 'generate'],
    measured: ['generate'],
    shards: 8,
    shape: { ...shape, columns: 2, shardPassages: 8, blockPassages: 8, batchRows: 48 },
    otherShape: { shardPassages: 32, blockPassages: 32, batchRows: 192 },
    runs: [{ until: ['generate'] }],
    warm: true,
  },
  {
    id: 'accumulate',
    real: ['ingest', 'accumulate'],
    roles: ['io', 'encode', 'generate'],
    measured: ['encode'],
    shards: 8,
    shape: { ...shape, blockQuestions: 512 },
    otherShape: { shardPassages: 256, blockQuestions: 2048, batchTokens: 4096 },
    runs: [{ until: ['accumulate'] }],
    warm: true,
  },
  {
    id: 'search',
    real: ['search', 'merge', 'augment'],
    roles: ['io', 'encode', 'generate', 'search'],
    measured: ['search', 'io'],
    shards: 4,
    shape: { ...shape, shardPassages: 16_384 },
    otherShape: { shardPassages: 8192, dimensions: 768, columns: 3 },
    runs: [{ until: ['search', 'merge'] }, { until: ['augment'], exported: true }],
    warm: true,
  },
];
