/**
 * Measures what listing a run of many shards asks of the store: `node dist/bench/listing/main.js [--shards 10000]`.
 * The store is an S3 server on this machine (versitygw), or the one of XQG_TEST_S3_ENDPOINT.
 */
import { parseArgs } from 'node:util';
import { artifactRef } from '../../core/artifacts/artifact.js';
import { commitStage, uncommittedShards } from '../../core/artifacts/stage-artifact.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { storedProgress } from '../../cli/commands/status.js';
import { listShards } from '../../cli/runs/list-shards.js';
import { listRunIds } from '../../core/stages/list-runs.js';
import { startS3Server } from '../../infra/s3-server.js';
import { countingStore } from '../counting-store.js';
import { COMPLETE_NODE, OPEN_NODE, writeListingFixture } from './fixture.js';

const { values } = parseArgs({
  options: {
    shards: { type: 'string', default: '10000' },
    failures: { type: 'string', default: '1200' },
  },
});
const shards = Number(values.shards);
const server = await startS3Server();
await server.createBucket('listing');
process.env['AWS_ACCESS_KEY_ID'] = server.accessKeyId;
process.env['AWS_SECRET_ACCESS_KEY'] = server.secretAccessKey;
const store = await openStore('s3://listing/store', { ...process.env, XQG_S3_ENDPOINT: server.endpoint });
try {
  const fixture = await writeListingFixture(store, 'paper', { shards, failures: Number(values.failures) });
  const open = artifactRef(fixture.openSpec);
  const { runId } = fixture;
  const page = Math.floor(shards / 2);
  console.log(`| asked, of ${shards.toLocaleString('en')} shards | seconds | requests |`);
  console.log('| --- | ---: | --- |');
  await measure('run ids', async (counted) => {
    for await (const id of listRunIds(counted)) void id;
  });
  await measure('status RUN', (counted) => storedProgress(counted, runId));
  await measure('shards RUN', (counted) => listShards(counted, runId));
  await measure('shards RUN --stage (complete)', (counted) =>
    listShards(counted, runId, { stage: COMPLETE_NODE }),
  );
  await measure('shards RUN --stage (open)', (counted) => listShards(counted, runId, { stage: OPEN_NODE }));
  await measure('shards RUN --failed', (counted) => listShards(counted, runId, { failed: true }));
  await measure('pendingShards, a page of 200', (counted) =>
    uncommittedShards(counted, open, page, page + 200),
  );
  await measure('all uncommitted shards', (counted) => uncommittedShards(counted, open, 0, shards));
  await measure('commitStage', (counted) => commitStage(counted, fixture.completeSpec, shards));
} finally {
  await store.close();
  await server.stop();
}

/** Prints how long a call takes, and what it asks the store: the median time of three. */
async function measure(name: string, act: (store: Store) => Promise<unknown>): Promise<void> {
  const seconds: number[] = [];
  let requests = '';
  for (let round = 0; round < 3; round++) {
    const counting = countingStore(store);
    const started = performance.now();
    await act(counting.store);
    seconds.push((performance.now() - started) / 1000);
    const calls = Object.entries(counting.calls).map(([operation, count]) => `${count} ${operation}`);
    requests = `${counting.total()}: ${calls.join(', ')}`;
  }
  seconds.sort((a, b) => a - b);
  console.log(`| ${name} | ${seconds[1]?.toFixed(3)} | ${requests} |`);
}
