import type { CommandContext } from './command.ts';

/**
 * This process as commands see it.
 *
 * The first SIGINT or SIGTERM asks the command to stop, the second ends the process as if nothing caught it.
 */
export function createProcessContext(): CommandContext {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop.abort(signal));
  }
  // A reader that closes its end early, such as `head`, has what it wanted.
  process.stdout.on('error', (err: NodeJS.ErrnoException) => {
    if (err.code !== 'EPIPE') throw err;
    process.exit(0);
  });
  return {
    print: (text) => process.stdout.write(`${text}\n`),
    printError: (text) => process.stderr.write(`${text}\n`),
    env: process.env,
    signal: stop.signal,
  };
}
