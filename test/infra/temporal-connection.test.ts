import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidInputError } from '../../core/errors.js';
import { embeddedTarget, temporalTarget } from '../../infra/temporal-connection.js';

const TOML = `
[profile.default]
address = "temporal.example:7233"
namespace = "research"

[profile.cloud]
address = "xqg.abc12.tmprl.cloud:7233"
namespace = "xqg.abc12"
api_key = "from the file"

[profile.mtls]
address = "mtls.example:7233"
[profile.mtls.tls]
server_name = "temporal.internal"
client_cert_data = "certificate"
client_key_data = "key"
`;

describe('Temporal connection', () => {
  let folder: string;
  /** Variables that name no configuration file of the machine. */
  let nothing: NodeJS.ProcessEnv;
  let withFile: NodeJS.ProcessEnv;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'xqg-temporal-toml-'));
    await writeFile(join(folder, 'temporal.toml'), TOML);
    await writeFile(join(folder, 'empty.toml'), '[profile.default]\n');
    nothing = { TEMPORAL_CONFIG_FILE: join(folder, 'empty.toml') };
    withFile = { TEMPORAL_CONFIG_FILE: join(folder, 'temporal.toml') };
  });
  after(() => rm(folder, { recursive: true }));

  it('takes address, namespace and API key from the environment', () => {
    const { connectionOptions, namespace } = temporalTarget({
      ...nothing,
      TEMPORAL_ADDRESS: 'host:1234',
      TEMPORAL_NAMESPACE: 'nightly',
      TEMPORAL_API_KEY: 'secret',
    });
    assert.equal(connectionOptions.address, 'host:1234');
    assert.equal(namespace, 'nightly');
    assert.equal(connectionOptions.apiKey, 'secret');
    assert.ok(connectionOptions.tls, 'an API key is sent over TLS only');
  });

  it('takes certificates and the server name for TLS from the environment', () => {
    const { connectionOptions } = temporalTarget({
      ...nothing,
      TEMPORAL_ADDRESS: 'host:1234',
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_SERVER_NAME: 'temporal.internal',
      TEMPORAL_TLS_CLIENT_CERT_DATA: 'certificate',
      TEMPORAL_TLS_CLIENT_KEY_DATA: 'key',
    });
    const { tls } = connectionOptions;
    assert.ok(typeof tls === 'object' && tls !== null);
    assert.equal(tls.serverNameOverride, 'temporal.internal');
    assert.equal(Buffer.from(tls.clientCertPair?.crt ?? []).toString(), 'certificate');
    assert.equal(Buffer.from(tls.clientCertPair?.key ?? []).toString(), 'key');
  });

  it('takes the default profile of the configuration file', () => {
    const { connectionOptions, namespace } = temporalTarget(withFile);
    assert.equal(connectionOptions.address, 'temporal.example:7233');
    assert.equal(namespace, 'research');
    assert.ok(!connectionOptions.tls);
  });

  it('takes the profile that TEMPORAL_PROFILE names', () => {
    const cloud = temporalTarget({ ...withFile, TEMPORAL_PROFILE: 'cloud' });
    assert.equal(cloud.connectionOptions.address, 'xqg.abc12.tmprl.cloud:7233');
    assert.equal(cloud.namespace, 'xqg.abc12');
    assert.equal(cloud.connectionOptions.apiKey, 'from the file');
    assert.ok(cloud.connectionOptions.tls);
    const { tls } = temporalTarget({ ...withFile, TEMPORAL_PROFILE: 'mtls' }).connectionOptions;
    assert.ok(typeof tls === 'object' && tls !== null);
    assert.equal(tls.serverNameOverride, 'temporal.internal');
  });

  it('lets the environment win over the file', () => {
    const { connectionOptions, namespace } = temporalTarget({ ...withFile, TEMPORAL_NAMESPACE: 'mine' });
    assert.equal(namespace, 'mine');
    assert.equal(connectionOptions.address, 'temporal.example:7233');
  });

  it('is localhost:7233 and the namespace default when nothing is said', () => {
    const { connectionOptions, namespace } = temporalTarget(nothing);
    assert.equal(connectionOptions.address ?? 'localhost:7233', 'localhost:7233');
    assert.equal(namespace, 'default');
  });

  it('names a configuration file that cannot be read as wrong input', async () => {
    const path = join(folder, 'broken.toml');
    await writeFile(path, '[profile.default\n');
    assert.throws(
      () => temporalTarget({ TEMPORAL_CONFIG_FILE: path }),
      (error: Error) => {
        assert.ok(error instanceof InvalidInputError);
        assert.match(error.message, /^Reading Temporal's configuration: /);
        return true;
      },
    );
  });

  it('to a server that is known needs no configuration', () => {
    assert.deepEqual(embeddedTarget({ address: '127.0.0.1:1', namespace: 'default' }), {
      connectionOptions: { address: '127.0.0.1:1' },
      namespace: 'default',
    });
  });
});
