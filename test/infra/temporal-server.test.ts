import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { findTemporalCli } from '../../infra/temporal-cli.js';
import { startTemporalServer, temporalForTests } from '../../infra/temporal-server.js';
import type { TemporalServer } from '../../infra/temporal-server.js';
import { writeScript } from './fake-programs.js';
import { startInOwner } from './owned-server.js';
import { isAlive, isGone, listeningAddresses } from './processes.js';

describe('Temporal server', () => {
  let folder: string;
  before(async function () {
    this.timeout(1_200_000); // The first time, the server is built.
    await findTemporalCli({ onWait: (message) => process.stderr.write(`${message}\n`) });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-temporal-test-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('listens on loopback addresses only, its web UI included, and is gone when stopped', async () => {
    const server = await startTemporalServer({ uiPort: true });
    const pid = server.pid!;
    try {
      assert.equal((await fetch(server.uiAddress!)).status, 200);
      if (process.platform === 'linux') {
        const addresses = await listeningAddresses(pid);
        assert.ok(addresses.length >= 3, String(addresses));
        // 127.0.0.0/8 ends in 7F in the kernel's byte order.
        assert.deepEqual(
          addresses.filter((address) => !/^[0-9A-F]{6}7F:/.test(address)),
          [],
        );
      }
    } finally {
      await server.stop();
    }
    assert.equal(await isAlive(pid), false);
  });

  it('keeps workflows in its data file from one start to the next', async () => {
    const dataFile = join(folder, 'new', 'temporal.sqlite');
    const first = await startTemporalServer({ dataFile });
    try {
      await withClient(first, (client) =>
        client.workflow.start('nobody', { taskQueue: 'none', workflowId: 'kept' }),
      );
    } finally {
      await first.stop();
    }
    const second = await startTemporalServer({ dataFile });
    try {
      const found = await withClient(second, (client) => client.workflow.getHandle('kept').describe());
      assert.equal(found.status.name, 'RUNNING');
    } finally {
      await second.stop();
    }
  });

  it('that was killed starts again on its port and data file, and knows what it knew', async () => {
    const dataFile = join(folder, 'temporal.sqlite');
    const first = await startTemporalServer({ dataFile });
    await withClient(first, (client) =>
      client.workflow.start('nobody', { taskQueue: 'none', workflowId: 'kept' }),
    );
    process.kill(first.pid!, 'SIGKILL');
    assert.equal(await isGone(first.pid!), true);
    await first.stop();
    const second = await startTemporalServer({ dataFile, port: Number(first.address.split(':')[1]) });
    try {
      assert.equal(second.address, first.address);
      const found = await withClient(second, (client) => client.workflow.getHandle('kept').describe());
      assert.equal(found.status.name, 'RUNNING');
    } finally {
      await second.stop();
    }
  });

  it('is gone when its owner is killed', async () => {
    const { owner, pid } = await startInOwner('temporal');
    assert.equal(await isAlive(pid), true);
    owner.kill('SIGKILL');
    assert.equal(await isGone(pid), true);
  });

  it('that does not start is reported with its last lines', async () => {
    const broken = await writeScript(
      join(folder, 'temporal'),
      'echo "unknown command: server" >&2',
      'exit 2',
    );
    const env = { ...process.env, XQG_TEMPORAL_CLI: broken };
    await assert.rejects(
      startTemporalServer({ env }),
      /Starting the Temporal server .*exit code 2; its last lines:\nunknown command: server/,
    );
  });

  it('takes other ports when one was taken meanwhile', async () => {
    const real = await findTemporalCli();
    const lines = [
      `if mkdir ${folder}/tried; then echo "listen tcp: bind: address already in use" >&2; exit 1; fi`,
      `exec ${real} "$@"`,
    ];
    const env = { ...process.env, XQG_TEMPORAL_CLI: await writeScript(join(folder, 'temporal'), ...lines) };
    const server = await startTemporalServer({ env });
    await server.stop();
  });

  it('for tests is the one that the environment names, if it names one', async () => {
    const env = { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'mine' };
    const { address, namespace, pid } = await temporalForTests({ env });
    assert.deepEqual(
      { address, namespace, pid },
      { address: 'temporal.example:7233', namespace: 'mine', pid: undefined },
    );
  });
});

async function withClient<T>(server: TemporalServer, act: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await act(new Client({ connection, namespace: server.namespace }));
  } finally {
    await connection.close();
  }
}
