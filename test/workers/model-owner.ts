/** A process that starts a model process, keeps it busy, and lives until it is killed, for the test that does so. */
import { ModelClient } from '../../workers/model-client.js';
import { encoderModel, longTexts } from './model-files.js';

const client = await ModelClient.start({ ...encoderModel, threads: 1 });
void client.request('encode', { texts: longTexts(2000), kind: 'passage' });
process.send?.({ pid: client.pid });
