/**
 * Has the SDK download the Temporal CLI into the folder that is named on the command line, and prints nothing.
 * A process of its own, because the SDK's download can be neither timed out nor cancelled. The SDK names the
 * file `temporal-sdk-typescript-<its version>` and starts a server to show that it works.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const downloadDir = process.argv[2];
if (downloadDir === undefined) throw new Error('Expected the folder to download into');
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir }, log: { format: 'json', level: 'never' } },
});
await environment.teardown();
