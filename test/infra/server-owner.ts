/**
 * A process that starts a server and then lives until it is killed, for tests that kill it:
 * `sleep FOLDER`, `exit FOLDER`, `temporal`, `s3`. Sends what the server is as a message.
 */
import { join } from 'node:path';
import { startGuarded } from '../../infra/guarded-process.js';
import { startS3Server } from '../../infra/s3-server.js';
import { startTemporalServer } from '../../infra/temporal-server.js';

const [kind = '', folder = ''] = process.argv.slice(2);

async function start(): Promise<object> {
  if (kind === 'temporal') return startTemporalServer();
  if (kind === 's3') return startS3Server();
  return startGuarded({
    name: 'sleeper',
    command: '/bin/sh',
    args: ['-c', 'sleep 600 & echo $! > child; wait'],
    cwd: folder,
    logFile: join(folder, 'log'),
    ready: async () => true,
    readyTimeoutMs: 5000,
    removeAtEnd: [join(folder, 'log')],
  });
}

// A listener keeps the channel, and by it this process, alive; without one nothing does, and with `exit` it ends.
if (kind !== 'exit') process.on('message', () => undefined);
process.send?.(JSON.parse(JSON.stringify(await start())));
