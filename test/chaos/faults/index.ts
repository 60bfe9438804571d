import type { Fault } from '../fault.js';
import { allKilled } from './all-killed.js';
import { clockApart } from './clock-apart.js';
import { damages } from './damage.js';
import { diskFull } from './disk-full.js';
import { modelKilled } from './model-killed.js';
import { s3Faults } from './s3-faults.js';
import { temporalKilled } from './temporal-killed.js';
import { twoWorkers } from './two-workers.js';
import { workerDrained } from './worker-drained.js';
import { workerKilled } from './worker-killed.js';

/** All kinds, in the order of the table. */
export const allFaults: readonly Fault[] = [
  workerKilled,
  modelKilled,
  temporalKilled,
  ...s3Faults,
  diskFull,
  ...damages,
  ...twoWorkers,
  workerDrained,
  clockApart,
  allKilled,
];
