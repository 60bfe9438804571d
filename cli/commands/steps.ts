import type { Command } from 'commander';
export function addStepCommands(program: Command): void {
  void program;
}
