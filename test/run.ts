/**
 * Runs every test file below dist/test, or those whose path contains one of the arguments, and ends with the
 * line `N passed, N failed, N skipped`.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';
import { pino } from 'pino';
import { logTemporalTo } from '../workers/temporal-log.js';

// Temporal's runtime is one for the process, and whichever test comes first would decide where its log goes.
logTemporalTo(pino({ level: 'silent' }));

const root = fileURLToPath(new URL('.', import.meta.url));
const wanted = process.argv.slice(2);
const files = (await readdir(root, { recursive: true }))
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

const mocha = new Mocha({ timeout: 60_000, reporter: 'spec', color: process.stdout.isTTY });
for (const file of files) mocha.addFile(join(root, file));
await mocha.loadFilesAsync();
const runner = mocha.run(() => {
  const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
  console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`);
  // Whatever a failed test left open must not keep the process alive.
  process.exit(failures === 0 && passes > 0 ? 0 : 1);
});
