import assert from 'node:assert/strict';
import { exitCodes } from '../../cli/exit.js';
import { createProgram } from '../../cli/program.js';
import { xqg, xqgDone, xqgRefused } from './xqg.js';

const program = await createProgram();

describe('xqg', () => {
  it('lists its commands, each with what it does, and the exit codes', async () => {
    const { stdout } = await xqgDone(['--help']);
    const words =
      'run plan status shards rerun pause resume cancel parallelism report schedule significance worker doctor ingest encode generate import accumulate augment search evaluate robustness';
    for (const word of words.split(' ')) assert.match(stdout, new RegExp(`^ {2}${word} .*\\w{3}`, 'm'));
    assert.match(stdout, /0 done; 1 the run failed; 2 the command or a file is wrong; 3 a gate/);
  });

  it('prints its version', async () => {
    assert.match((await xqgDone(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  it('ends with 2 and the help when no command is given', async () => {
    const { code, stderr } = await xqg([]);
    assert.equal(code, exitCodes.invalid);
    assert.match(stderr, /Usage: xqg/);
  });

  it('names the command that was probably meant', async () => {
    assert.match(await xqgRefused(['encod']), /unknown command 'encod'\n\(Did you mean encode\?\)/);
  });

  it('names the flag that was probably meant', async () => {
    assert.match(
      await xqgRefused(['status', '--stor', 'x']),
      /unknown option '--stor'\n\(Did you mean --store\?\)/,
    );
  });

  it('names the flag that is missing', async () => {
    assert.match(await xqgRefused(['encode']), /required option '--model <dir>' not specified/);
  });

  it('says what was expected of a flag', async () => {
    assert.match(
      await xqgRefused(['worker', '--processes', 'two']),
      /--processes <n>' argument 'two' is invalid\. Expected a whole number of at least 1\./,
    );
  });

  it('tells of an error as JSON when JSON was asked for', async () => {
    const { code, stdout, stderr } = await xqg(['report', 'r', '--store', '/dev/null/x', '--json']);
    assert.equal(code, exitCodes.invalid, stderr);
    const message = 'Run "r": file:///dev/null/x holds no such run; "xqg status" lists those it holds';
    assert.deepEqual(JSON.parse(stdout), { event: 'error', invalid: true, message });
  });

  for (const command of program.commands) {
    const name = command.name();
    it(`${name} --help lists its flags and ends with 0`, async () => {
      const chunks: string[] = [];
      const own = await createProgram();
      const target = own.commands.find((other) => other.name() === name) ?? assert.fail();
      target.configureOutput({ writeOut: (text) => void chunks.push(text) }).exitOverride();
      await assert.rejects(own.parseAsync(['node', 'xqg', name, '--help']), { exitCode: 0 });
      const help = chunks.join('');
      assert.match(help, new RegExp(`^Usage: xqg ${name}`));
      assert.ok(target.description().length > 20);
      for (const option of target.options) {
        assert.ok(help.includes(option.long ?? '?'), option.flags);
        assert.ok(option.description.length > 0, option.flags);
      }
    });
  }
});
