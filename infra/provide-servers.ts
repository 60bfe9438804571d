/**
 * Sees to it that the servers that tests need can be started, before the first test has to wait for one: finds
 * them, or gets them once. Ends with 2 when one cannot be had, naming the ways to provide it. Without the fault proxy,
 * tests that need it say so and go on.
 */
import { messageOf } from '../core/errors.js';
import { findS3Binary } from './s3-binary.js';
import { findTemporalCli } from './temporal-cli.js';
import { findToxiproxy } from './toxiproxy-binary.js';

const onWait = (message: string): void => console.log(message);

try {
  if (!process.env['TEMPORAL_ADDRESS']) await findTemporalCli({ onWait });
  if (!process.env['XQG_TEST_S3_ENDPOINT']) await findS3Binary({ onWait });
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 2;
}
await findToxiproxy({ onWait }).catch((error: unknown) => console.error(messageOf(error)));
