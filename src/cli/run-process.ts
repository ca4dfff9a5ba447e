import type { Command } from './command.ts';
import { createProcessContext } from './process-context.ts';
import { createProgram } from './program.ts';

/** Runs the commands as this process: its arguments, its output, its signals, its exit code. */
export async function runAsProcess(commands: readonly Command[]): Promise<void> {
  process.exitCode = await createProgram(commands).run(process.argv.slice(2), createProcessContext());
}
