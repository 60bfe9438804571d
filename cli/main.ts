#!/usr/bin/env node
import { reportError } from './exit.js';
import { createOutput } from './output.js';
import { createProgram } from './program.js';

const program = await createProgram();
try {
  await program.parseAsync();
} catch (error) {
  const json = process.argv.includes('--json');
  process.exitCode = reportError(error, createOutput({ json, logLevel: process.env['XQG_LOG_LEVEL'] }));
}
