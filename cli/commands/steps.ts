import type { Command } from 'commander';
import { addEncodingSteps } from './step-encode.js';
import { addQuestionSteps } from './step-questions.js';
import { addRetrievalSteps } from './step-retrieval.js';

/** Each stage as a command of its own, in this process, without Temporal or a store. */
export function addStepCommands(program: Command): void {
  program.commandsGroup('Single steps, in this process, without Temporal:');
  addEncodingSteps(program);
  addQuestionSteps(program);
  addRetrievalSteps(program);
}
