import { Fault } from '../kit/fault.ts';
import { type CommandContext, ExitCode } from './command.ts';

/** The one place where what went wrong becomes an exit code. */
export function reportFailure(err: unknown, { printError }: Pick<CommandContext, 'printError'>): ExitCode {
  const fault = Fault.from(err);
  if (fault.code !== 'INTERNAL') {
    printError(`${fault.message} (${fault.code})`);
    return ExitCode.failed;
  }
  printError(err instanceof Error ? (err.stack ?? err.message) : String(err));
  return ExitCode.bug;
}
