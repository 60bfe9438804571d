import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findS3Binary, S3ServerMissingError } from '../../infra/s3-binary.js';
import { startS3Server } from '../../infra/s3-server.js';
import { writeScript } from './fake-programs.js';
import { startInOwner } from './owned-server.js';
import { isAlive, isGone, listeningAddresses } from './processes.js';

describe('S3 server for tests', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  before(async function () {
    this.timeout(600_000); // The first time, the server is built.
    await findS3Binary({ onWait: (message) => process.stderr.write(`${message}\n`) });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-s3-test-'));
    env = { XQG_CACHE_DIR: join(folder, 'cache'), PATH: join(folder, 'path') };
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const onPath = (name: string, ...lines: string[]) => writeScript(join(folder, 'path', name), ...lines);
  const withoutExternal = () => ({ ...process.env, XQG_TEST_S3_ENDPOINT: '' });

  it('listens on loopback addresses only, and leaves nothing when stopped', async () => {
    const temporary = process.env['TMPDIR'];
    process.env['TMPDIR'] = folder;
    const server = await startS3Server({ env: withoutExternal() });
    if (temporary === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
    else process.env['TMPDIR'] = temporary;
    await server.createBucket('a-bucket');
    await server.createBucket('a-bucket');
    const addresses = process.platform === 'linux' ? await listeningAddresses(server.pid!) : ['0100007F:0'];
    assert.equal((await readdir(folder)).length, 1);
    await server.stop();
    assert.ok(addresses.length > 0);
    assert.deepEqual(
      addresses.filter((address) => !address.startsWith('0100007F:')),
      [],
    );
    assert.equal(await isAlive(server.pid!), false);
    assert.deepEqual(await readdir(folder), []);
  });

  it('has other credentials at every start', async () => {
    const [one, two] = await Promise.all([
      startS3Server({ env: withoutExternal() }),
      startS3Server({ env: withoutExternal() }),
    ]);
    await Promise.all([one.stop(), two.stop()]);
    assert.notEqual(one.secretAccessKey, two.secretAccessKey);
    assert.notEqual(one.endpoint, two.endpoint);
  });

  it('is gone when its owner is killed', async function () {
    if (process.env['XQG_TEST_S3_ENDPOINT']) return this.skip(); // Its owner would use that one.
    const { owner, pid } = await startInOwner('s3');
    assert.equal(await isAlive(pid), true);
    owner.kill('SIGKILL');
    assert.equal(await isGone(pid), true);
  });

  it('is the one that the environment names, with the environment’s credentials', async () => {
    const named = {
      XQG_TEST_S3_ENDPOINT: 'http://s3.example:9000',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    const { endpoint, accessKeyId, secretAccessKey, pid } = await startS3Server({ env: named });
    assert.deepEqual(
      [endpoint, accessKeyId, secretAccessKey, pid],
      ['http://s3.example:9000', 'id', 'secret', undefined],
    );
    await assert.rejects(
      startS3Server({ env: { ...named, AWS_SECRET_ACCESS_KEY: '' } }),
      /expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/,
    );
  });

  it('is looked for on PATH, then in the cache', async () => {
    const cached = await writeScript(join(folder, 'cache', 'bin', 'versitygw'));
    assert.deepEqual(await findS3Binary({ env }), { kind: 'versitygw', path: cached });
    const minio = await onPath('minio');
    assert.deepEqual(await findS3Binary({ env }), { kind: 'minio', path: minio });
    const versitygw = await onPath('versitygw');
    assert.deepEqual(await findS3Binary({ env }), { kind: 'versitygw', path: versitygw });
  });

  it('is built by Go, once', async () => {
    await onPath('go', 'echo "#!/bin/sh" > "$GOBIN/versitygw"', '/bin/chmod +x "$GOBIN/versitygw"');
    const told: string[] = [];
    const { path } = await findS3Binary({ env, onWait: (message) => told.push(message) });
    assert.equal(path, join(folder, 'cache', 'bin', 'versitygw'));
    assert.match(told.join(), /^Building the S3 server versitygw with Go, once \(usually/);
    await findS3Binary({ env, onWait: () => assert.fail('it waited again') });
  });

  it('is a container when nothing else is there and the Docker daemon answers', async () => {
    const docker = await onPath('docker', '[ "$1" = info ]');
    assert.deepEqual(await findS3Binary({ env }), { kind: 'docker', path: docker });
  });

  it('in a container is published on the loopback address, its credentials in no argument', async () => {
    const seen = join(folder, 'seen');
    await onPath(
      'docker',
      '[ "$1" = info ] && exit 0',
      `echo "$@" > ${seen}; echo "$ROOT_SECRET_KEY" >> ${seen}; exit 7`,
    );
    await assert.rejects(startS3Server({ env }), /exit code 7/);
    const [args = '', secret = ''] = (await readFile(seen, 'utf8')).split('\n');
    assert.match(args, /--publish 127\.0\.0\.1:\d+:7070 /);
    assert.match(secret, /^[0-9a-f]{32}$/);
    assert.ok(!args.includes(secret));
  });

  it('that is nowhere is named with the three ways to provide it, and with what was tried', async () => {
    await onPath('docker', 'echo "Cannot connect to the Docker daemon" >&2', 'exit 1');
    await assert.rejects(findS3Binary({ env }), (error: unknown) => {
      assert.ok(error instanceof S3ServerMissingError);
      assert.match(error.message, /1\. set XQG_TEST_S3_ENDPOINT/);
      assert.match(error.message, /2\. put `versitygw` or `minio` on PATH, or install Go/);
      assert.match(error.message, /3\. start a Docker daemon/);
      assert.match(error.message, /- a build by Go: there is no `go` on PATH/);
      assert.match(error.message, /- a container: the Docker daemon does not answer \(Cannot connect/);
      return true;
    });
  });
});
