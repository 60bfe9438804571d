import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { readNights } from '../../core/nightly/night.js';
import { nightlyKeys, type NightRecord } from '../../core/nightly/records.js';
import { openStore } from '../../core/store/open-store.js';
import type { Store } from '../../core/store/store.js';
import { embeddedTarget } from '../../infra/temporal-connection.js';
import { startTemporalServer, type TemporalServer } from '../../infra/temporal-server.js';
import { logTemporalTo } from '../../workers/temporal-log.js';
import { startWorker, type RunningWorker } from '../../workers/worker.js';
import { silentLog } from '../workflows/run-bench.js';
import { writeSmallExperiment } from '../workflows/small-experiment.js';
import { xqg, xqgDone, xqgRefused } from './xqg.js';

const WEBHOOK = 'XQG_TEST_WEBHOOK';

describe('xqg schedule', function () {
  this.timeout(240_000);
  let server: TemporalServer;
  let worker: RunningWorker;
  let folder: string;
  let experiment: string;
  let store: Store;
  let env: NodeJS.ProcessEnv;
  let receiver: Server;
  const posted: { text: string }[] = [];
  before(async function () {
    this.timeout(1_200_000);
    logTemporalTo(silentLog);
    folder = await mkdtemp(join(tmpdir(), 'xqg-schedule-'));
    experiment = await writeSmallExperiment(folder, {});
    server = await startTemporalServer({ onWait: (message) => process.stderr.write(`${message}\n`) });
    receiver = createServer((request, response) => {
      void text(request).then((body) => {
        posted.push(JSON.parse(body) as { text: string });
        // The first answer is lost: the message has to come again.
        response.writeHead(posted.length === 1 ? 503 : 200).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    process.env[WEBHOOK] = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/T0/SECRET`;
    worker = await startWorker({
      target: embeddedTarget(server),
      budget: { processes: 1, threads: 1 },
      log: silentLog,
    });
    store = await openStore(join(folder, 'store'));
    env = { TEMPORAL_ADDRESS: server.address, XQG_STORE: store.uri };
  });
  after(async () => {
    Reflect.deleteProperty(process.env, WEBHOOK);
    await worker.stop();
    await server.stop();
    receiver.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function untilNight(name: string, holds: (night: NightRecord) => boolean): Promise<NightRecord> {
    for (const end = Date.now() + 120_000; Date.now() < end; await delay(200)) {
      const night = (await readNights(store, name)).find(holds);
      if (night !== undefined) return night;
    }
    throw new Error(`No such night: ${JSON.stringify(await readNights(store, name))}`);
  }

  /** Queries that ask for nothing in the corpus: a data set that somebody broke. */
  async function breakQueries(): Promise<void> {
    const path = join(folder, 'queries.jsonl');
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    const broken = lines.map((line, i) =>
      JSON.stringify({ ...(JSON.parse(line) as object), text: `zzz qqq ${i}` }),
    );
    await writeFile(path, `${broken.join('\n')}\n`);
  }

  it('runs a good night and one made worse, by its cron expression, and tells of the worse one', async () => {
    const gate = ['--gate', 'ndcg@5 >= baseline - 0.01', '--gate', 'e5: recall@1 >= 50'];
    const every20Seconds = '*/20 * * * * * *';
    await xqgDone(
      [
        'schedule',
        'create',
        'bench',
        experiment,
        '--cron',
        every20Seconds,
        ...gate,
        '--webhook-env',
        WEBHOOK,
      ],
      { env },
    );
    const good = await untilNight('bench', ({ verdict }) => verdict === 'good');
    assert.deepEqual(
      good.gates.map(({ verdict }) => verdict),
      ['not judged', 'holds'],
    );
    assert.ok(good.models['e5']);
    await breakQueries();
    const worse = await untilNight('bench', ({ verdict }) => verdict === 'worse');
    assert.ok(worse.gates.some(({ verdict }) => verdict === 'fails'));
    assert.ok(worse.baseline !== undefined && worse.baseline < worse.runId);
    await xqgDone(['schedule', 'pause', 'bench', '--note', 'seen enough'], { env });

    const described = JSON.parse(
      (await xqgDone(['schedule', 'describe', 'bench', '--json'], { env })).stdout,
    ) as {
      paused: boolean;
      note: string;
      overlap: string;
      nights: NightRecord[];
    };
    assert.deepEqual([described.paused, described.note, described.overlap], [true, 'seen enough', 'SKIP']);
    assert.ok(described.nights.length >= 2);
    // The night is on record before its message is out, and the message refused with 503 comes again after a back-off.
    for (const end = Date.now() + 60_000; posted.length < 2 && Date.now() < end;) await delay(200);
    assert.ok(posted.length >= 2, 'the first answer was 503');
    assert.match(posted.at(-1)?.text ?? '', /xqg bench: worse/);
    const trend = new TextDecoder().decode(await store.get(nightlyKeys.trend('bench')));
    assert.ok(trend.includes(good.runId) && trend.includes(worse.runId));
    assert.ok(!trend.includes('SECRET'));
  });

  it('trigger --follow ends with 3 when a gate does not hold', async () => {
    const { code, stdout } = await xqg(['schedule', 'trigger', 'bench', '--follow'], { env });
    assert.equal(code, 3);
    assert.match(stdout, /^worse: run bench-\d{8}-\d{6}: .* gates do not hold/);
  });

  it('list shows it, and delete removes it but none of its nights', async () => {
    assert.match((await xqgDone(['schedule', 'list'], { env })).stdout, /bench .*paused/);
    await xqgDone(['schedule', 'delete', 'bench'], { env });
    assert.match(await xqgRefused(['schedule', 'describe', 'bench'], { env }), /has none of this name/);
    assert.ok((await readNights(store, 'bench')).length >= 3);
    assert.equal(await store.head(nightlyKeys.document('bench')), undefined);
  });

  it('a night that takes longer than its time limit is cancelled, and counts as failed', async () => {
    await xqgDone(
      ['schedule', 'create', 'slow', experiment, '--cron', '0 2 * * *', '--time-limit', '300ms'],
      { env },
    );
    const { code, stdout } = await xqg(['schedule', 'trigger', 'slow', '--follow'], { env });
    assert.equal(code, 1);
    assert.match(stdout, /failed: run slow-.*took longer than its time limit/);
  });

  it('create refuses what can be known to be wrong, before any night', async () => {
    const create = (...args: string[]) =>
      xqgRefused(['schedule', 'create', 'bad', experiment, '--cron', '0 2 * * *', ...args], { env });
    assert.match(await create('--gate', 'r@5kt >= 3'), /expected one of the experiment's metrics/);
    assert.match(await create('--gate', 'pawsx.winRate <= baseline + 1'), /needs PAWS-X; set/);
    assert.match(await create('--gate', 'nobody: r@2kt >= 3'), /expected one of the experiment's arms/);
    assert.match(await create('--baseline', 'no-such-run'), /holds no such run/);
    assert.match(
      await xqgRefused(['schedule', 'create', 'bad', experiment, '--cron', 'never'], { env }),
      /--cron "never"/,
    );
  });

  it('describe tells of nights that were skipped, since one was stuck', async () => {
    // Nobody is there to do the work, so that the first night never ends.
    await worker.stop();
    const everyThreeSeconds = '*/3 * * * * * *';
    await xqgDone(['schedule', 'create', 'stuck', experiment, '--cron', everyThreeSeconds], { env });
    let described = { skippedByOverlap: 0, atWork: [''], troubles: [''] };
    for (
      const end = Date.now() + 60_000;
      described.skippedByOverlap === 0 && Date.now() < end;
      await delay(500)
    ) {
      const { stdout } = await xqgDone(['schedule', 'describe', 'stuck', '--json'], { env });
      described = JSON.parse(stdout) as typeof described;
    }
    assert.ok(described.skippedByOverlap > 0);
    assert.equal(described.atWork.length, 1);
    assert.match(described.troubles.join(), /\d+ nights were skipped since the one before was still at work/);
    const { stdout } = await xqgDone(['schedule', 'describe', 'stuck'], { env });
    assert.match(stdout, /^TROUBLE: \d+ nights were skipped/m);
    await xqgDone(['schedule', 'delete', 'stuck'], { env });
  });
});
