import { Command } from 'commander';
import { xqgVersion } from '../core/stages/create-run.js';
import { addCompareCommand } from './commands/compare.js';
import { addControlCommands } from './commands/control.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addLogsCommand } from './commands/logs.js';
import { addParallelismCommand } from './commands/parallelism.js';
import { addGcCommand } from './commands/gc.js';
import { addPlanCommand } from './commands/plan.js';
import { addReportCommand } from './commands/report.js';
import { addRerunCommand } from './commands/rerun.js';
import { addRunCommand } from './commands/run.js';
import { addScheduleCommand } from './commands/schedule.js';
import { addShardsCommand } from './commands/shards.js';
import { addSignificanceCommand } from './commands/significance.js';
import { addStatusCommand } from './commands/status.js';
import { addStepCommands } from './commands/steps.js';
import { addVerifyCommand } from './commands/verify.js';
import { addWorkerCommand } from './commands/worker.js';

/** The whole command line. */
export async function createProgram(): Promise<Command> {
  const program = new Command('xqg')
    .description('Cross-lingual dense retrieval with questions generated at indexing time (xQG)')
    .version(await xqgVersion())
    .exitOverride()
    .showHelpAfterError('(add --help for what the command takes)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done; 1 the run failed; 2 the command or a file is wrong; 3 a gate or claim did not hold',
    );
  addRunCommand(program);
  addPlanCommand(program);
  addStatusCommand(program);
  addShardsCommand(program);
  addLogsCommand(program);
  addRerunCommand(program);
  addControlCommands(program);
  addParallelismCommand(program);
  addReportCommand(program);
  addCompareCommand(program);
  addSignificanceCommand(program);
  addVerifyCommand(program);
  addGcCommand(program);
  addScheduleCommand(program);
  addWorkerCommand(program);
  addDoctorCommand(program);
  addStepCommands(program);
  return program;
}
