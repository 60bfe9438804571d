import { z } from 'zod';

const positiveInteger = z.int().min(1);
const parallelism = positiveInteger.max(500).default(8);

/** How a run is orchestrated: the `run` section of the experiment file. Nothing here changes a result. */
export const RunSchema = z.strictObject({
  parallelism: z
    .strictObject({
      io: parallelism.describe('ingest, import, perturb, augment, report'),
      encode: parallelism.describe('encode, accumulate'),
      generate: parallelism.describe('generate'),
      search: parallelism.describe('search, merge, evaluate, robustness'),
    })
    .prefault({})
    .describe('Shards of one stage at work at once, over all workers'),
  maxAttempts: positiveInteger
    .default(4)
    .describe(
      'Tries of a shard before it counts as failed; lost workers and a store that is away do not use them up',
    ),
  retry: z
    .strictObject({
      initialSeconds: z
        .number()
        .gt(0)
        .default(1)
        .describe('Wait after the first failed try; doubles each time'),
      maximumSeconds: z
        .number()
        .gt(0)
        .default(60)
        .describe(
          'Longest wait; each is shortened by up to half at random, so that tries do not come all at once',
        ),
      storeAwayMinutes: z
        .number()
        .min(0)
        .default(60)
        .describe('How long a shard goes on trying while the store cannot be reached or written'),
    })
    .prefault({})
    .describe('Waits between the tries of a shard'),
  onFailedShards: z
    .enum(['wait', 'fail'])
    .default('wait')
    .describe('wait: the stage waits for `xqg rerun` or `xqg cancel`; fail: the run ends'),
  maxQuarantined: z
    .int()
    .min(0)
    .default(10)
    .describe(
      'Passages, queries or questions of one shard that a model may fail at: they are left out and reported; more fail the shard',
    ),
  hangLimit: z
    .strictObject({
      graceSeconds: z.number().min(0).default(60).describe('Of every request to a model process'),
      encodeTokensPerSecond: z
        .number()
        .gt(0)
        .default(200)
        .describe('The slowest encoder that does not count as hanging, for each model process'),
      generateTokensPerSecond: z
        .number()
        .gt(0)
        .default(50)
        .describe('The slowest generator, in new tokens of all questions together'),
    })
    .prefault({})
    .describe('A model process that has not answered after grace + tokens of the block ÷ rate is killed'),
  failureBudget: z
    .strictObject({
      shards: positiveInteger.optional().describe('Failed shards of a stage'),
      percent: z.number().gt(0).max(100).optional().describe("Failed shards, in percent of the stage's"),
    })
    .optional()
    .describe(
      'A stage in which so many shards failed starts no more of them, and does what onFailedShards says',
    ),
  priority: z
    .int()
    .min(1)
    .max(5)
    .default(3)
    .describe('1 is served first: decides which of several runs a free worker works for'),
  sliceMinutes: z
    .number()
    .gt(0)
    .default(15)
    .describe(
      'After so long a shard is put back at the end of a block, so that a run of higher priority gets the worker',
    ),
  heartbeatSeconds: z
    .number()
    .min(2)
    .max(600)
    .default(60)
    .describe('A worker that is not heard of for so long counts as lost'),
  shardTimeout: z
    .strictObject({
      minutes: z.number().gt(0).default(60).describe('Whatever the size'),
      minutesPerThousandRows: z
        .number()
        .min(0)
        .default(30)
        .describe('For each 1,000 passages or queries, or 1,000 questions, that the largest shard works on'),
    })
    .prefault({})
    .describe('A try of a shard that takes longer is ended, and tried again'),
});
export type RunOptions = z.infer<typeof RunSchema>;
