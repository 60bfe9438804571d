#!/usr/bin/env node
import { reportError } from './exit.js';
import { createOutput } from './output.js';
import { createProgram } from './program.js';

// Whoever reads the output may stop reading, as `head` does: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const program = await createProgram();
try {
  await program.parseAsync();
} catch (error) {
  const json = process.argv.includes('--json');
  process.exitCode = reportError(error, createOutput({ json, logLevel: process.env['XQG_LOG_LEVEL'] }));
}
