import { type Command, type CommandContext, ExitCode, type FlagTexts, toFlagName } from './command.ts';
import type { Flag } from './flag.ts';
import { reportFailure } from './report-failure.ts';

/**
 * Runs one command from its arguments, without the library that reads those of people: it knows no suggestions and no help, and costs a pod a
 * megabyte less.
 */
export async function runPodCommand(
  command: Command,
  argv: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  const { texts, unknown } = readArguments(command, argv);
  const [first] = unknown;
  if (first !== undefined && command.toleratesUnknown !== true) {
    context.printError(`unknown argument: ${first}`);
    return ExitCode.usage;
  }
  try {
    return await command.run(texts, context);
  } catch (err) {
    return reportFailure(err, context);
  }
}

/** Whether somebody asks for help: that is for the library. */
export function asksForHelp(argv: readonly string[]): boolean {
  return argv.some((arg) => arg === '--help' || arg === '-h');
}

/** Sorts arguments by the flags that they belong to: `--flag text`, `--flag=text`, `-f text`, `--switch`, `--no-switch`, and words by themselves. */
function readArguments(
  command: Command,
  argv: readonly string[],
): { readonly texts: FlagTexts; readonly unknown: readonly string[] } {
  const keys = listFlagWords(command);
  const texts = new Map<string, string[]>();
  const words: string[] = [];
  const unknown: string[] = [];
  const add = (key: string, text: string) => void texts.set(key, [...(texts.get(key) ?? []), text]);
  const rest = [...argv];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const at = arg.indexOf('=');
    const name = at < 0 ? arg : arg.slice(0, at);
    const key = keys.get(name) ?? keys.get(name.replace(/^--no-/, '--'));
    if (!arg.startsWith('-')) words.push(arg);
    else if (key === undefined) unknown.push(arg);
    else if (at >= 0) add(key, arg.slice(at + 1));
    else if (isSwitch(command.flags[key])) add(key, String(keys.has(name)));
    else add(key, rest.shift() ?? '');
  }
  const { positional, takesMany } = command;
  const kept = positional === undefined ? 0 : takesMany === true ? words.length : 1;
  if (positional !== undefined && words.length > 0) texts.set(positional, words.slice(0, kept));
  return { texts, unknown: [...unknown, ...words.slice(kept)] };
}

/** Every word that a flag is called by: its name, and its letter. */
function listFlagWords(command: Command): ReadonlyMap<string, string> {
  const words = Object.entries(command.flags).flatMap(([key, { letter }]) => {
    const name = [toFlagName(command, key), key] as const;
    return letter === undefined ? [name] : [name, [`-${letter}`, key] as const];
  });
  return new Map(words);
}

function isSwitch(flag: Flag<unknown> | undefined): boolean {
  return flag !== undefined && flag.placeholder === undefined;
}
