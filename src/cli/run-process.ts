import type { Command, CommandContext } from './command.ts';
import { createProgram } from './program.ts';

/**
 * Runs the commands as this process: its arguments, its output, its signals, its exit code.
 *
 * The first SIGINT or SIGTERM asks the command to stop, the second ends the process as if nothing caught it.
 */
export async function runAsProcess(commands: readonly Command[]): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop.abort(signal));
  }
  // A reader that closes its end early, such as `head`, has what it wanted.
  process.stdout.on('error', (err: NodeJS.ErrnoException) => {
    if (err.code !== 'EPIPE') throw err;
    process.exit(0);
  });

  const context: CommandContext = {
    print: (text) => process.stdout.write(`${text}\n`),
    printError: (text) => process.stderr.write(`${text}\n`),
    env: process.env,
    signal: stop.signal,
  };
  process.exitCode = await createProgram(commands).run(process.argv.slice(2), context);
}
