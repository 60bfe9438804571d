import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { findTemporalCli } from '../../infra/temporal-cli.js';
import { isGone, listeningAddresses } from '../infra/processes.js';
import { writeSmallExperiment } from '../workflows/small-experiment.js';
import { descendants, type Process } from './process-tree.js';
import { startXqg, suiteFolder, xqgDone, type Running } from './xqg.js';

/** Longest wait for something that should happen within seconds. */
const PATIENCE_MS = 60_000;

/** What a run leaves that is ended in the middle of its work: no process, and everything it had committed. */
describe('an embedded run that is ended', function () {
  this.timeout('4m');
  const { path } = suiteFolder();
  let running: Running | undefined;

  before(async function () {
    this.timeout('20m');
    await findTemporalCli();
    await writeSmallExperiment(path(), {
      passages: 24,
      shardPassages: 24,
      questions: { perLanguage: 6, alpha: [0.05] },
    });
  });
  afterEach(() => {
    running?.process.kill('SIGKILL');
  });

  const args = ['run', 'small.yaml', '--embedded', '--store', 'store', '--run-id', 'r1', '--threads', '1'];

  const generated = async (name: RegExp): Promise<string[]> => {
    const files = await readdir(path('store/artifacts/generate'), { recursive: true }).catch(() => []);
    return files.filter((file) => name.test(file)).sort();
  };
  const generatedBlocks = async (): Promise<number> => (await generated(/_block-\d+\.json$/)).length;

  /** When each of the parts was written. */
  const partTimes = async (): Promise<Map<string, number>> => {
    const parts = await generated(/part-\d+-[0-9a-f]+\.parquet$/);
    const times = parts.map(async (part) => (await stat(path(`store/artifacts/generate/${part}`))).mtimeMs);
    return new Map((await Promise.all(times)).map((time, i) => [parts[i] ?? '', time]));
  };

  /** Starts the run, and waits until it has generated more blocks of questions than there were. */
  async function startAndWait(): Promise<{ run: Running; processes: Process[] }> {
    const before = await generatedBlocks();
    const run = startXqg(args, { cwd: path() });
    running = run;
    for (const end = Date.now() + PATIENCE_MS; (await generatedBlocks()) <= before; await delay(50)) {
      if (Date.now() > end || run.process.exitCode !== null) assert.fail((await run.ended).stderr);
    }
    const processes = await descendants(run.process.pid ?? assert.fail());
    for (const part of ['temporal server', 'guard.js', 'model-process.js'])
      assert.ok(
        processes.some(({ command }) => command.includes(part)),
        `no ${part} among ${JSON.stringify(processes)}`,
      );
    return { run, processes };
  }

  async function assertGone(processes: readonly Process[]): Promise<void> {
    for (const { pid, command } of processes) assert.ok(await isGone(pid), `${pid} lives on: ${command}`);
  }

  it('by SIGKILL leaves no server and no model process, which listened to this machine only', async () => {
    const { run, processes } = await startAndWait();
    const server = processes.find(({ command }) => command.includes('temporal server')) ?? assert.fail();
    const addresses = await listeningAddresses(server.pid);
    assert.ok(addresses.length > 0);
    for (const address of addresses) assert.match(address, /^0100007F:/);
    for (const { pid, command } of processes.filter((other) => other !== server))
      assert.deepEqual(await listeningAddresses(pid), [], command);
    run.process.kill('SIGKILL');
    await once(run.process, 'exit');
    await assertGone(processes);
  });

  it('by Ctrl-C says how to go on, and leaves nothing running either', async () => {
    const { run, processes } = await startAndWait();
    run.process.kill('SIGINT');
    const { code, signal, stdout, stderr } = await run.ended;
    assert.deepEqual([code, signal], [1, null], stderr);
    assert.match(stderr, /xqg: run r1: stopped; give the same command with --run-id r1 to go on\n$/);
    assert.equal(stdout, '');
    await assertGone(processes);
  });

  it('goes on where it stopped, when it is started again', async () => {
    const blocks = await generatedBlocks();
    assert.ok(blocks >= 2 && blocks < 12, `${blocks} blocks`);
    const before = await partTimes();
    const { stderr } = await xqgDone(args, { cwd: path() });
    assert.match(stderr, /^ingest\.corpus +reused, 24 rows$/m);
    assert.match(stderr, /^generate\.mini +done in .*, 288 rows/m);
    assert.equal(await generatedBlocks(), 12);
    const after = await partTimes();
    const again = [...before].filter(([part, time]) => after.get(part) !== time);
    // A part may have been written whose record was not: that block is made again.
    assert.ok(again.length <= before.size - blocks, again.join());
    const { stdout } = await xqgDone(['status', 'r1', '--store', 'store'], { cwd: path() });
    assert.match(stdout, /^run r1: completed\n/);
  });
});
