import { Command as CommanderCommand, CommanderError, Option } from 'commander';
import { type Command, type CommandContext, type Example, ExitCode, type FlagTexts, toFlagName } from './command.ts';
import type { Flag } from './flag.ts';
import { getProductVersion } from '../kit/product-version.ts';
import { reportFailure } from './report-failure.ts';

/** A command line program: a set of commands under one name. */
export interface Program {
  /** Runs what the arguments ask for; `argv` begins after the program's own name. Never throws. */
  run(argv: readonly string[], context: CommandContext): Promise<ExitCode>;
}

/** Makes the program `pilothouse` of its commands, listed in the help in the order given. */
export function createProgram(commands: readonly Command[]): Program {
  return {
    async run(argv, context) {
      let code: ExitCode = ExitCode.ok;
      const root = createRoot(context);
      for (const command of commands) {
        findGroup(root, command, context).addCommand(
          toCommander(command, context, async (texts) => {
            code = await command.run(texts, context);
          }),
        );
      }
      try {
        await root.parseAsync(rewriteSwitches(argv, commands), { from: 'user' });
        return code;
      } catch (err) {
        if (err instanceof CommanderError) return err.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
        return reportFailure(err, context);
      }
    },
  };
}

function createRoot(context: CommandContext): CommanderCommand {
  return new CommanderCommand('pilothouse')
    .description('An Istio control plane for stock Envoy, with or without Kubernetes.')
    .version(
      `pilothouse ${getProductVersion()}`,
      '--version',
      'Print the version; more of it with the command version.',
    )
    .helpCommand(true)
    .exitOverride()
    .configureOutput(toOutput(context))
    .showSuggestionAfterError();
}

function toOutput({ print, printError }: CommandContext): { writeOut(t: string): void; writeErr(t: string): void } {
  return { writeOut: (text) => print(text.trimEnd()), writeErr: (text) => printError(text.trimEnd()) };
}

/** What people who know istioctl type. */
const GROUP_ALIASES: Readonly<Record<string, readonly string[]>> = { experimental: ['x', 'exp'] };

/** `token create` is the command `create` of the group `token`; a name of one word stands by itself. */
function findGroup(root: CommanderCommand, { name }: Command, context: CommandContext): CommanderCommand {
  const [group, ...rest] = name.split(' ');
  if (group === undefined || rest.length === 0) return root;
  const known = root.commands.find((command) => command.name() === group);
  if (known !== undefined) return known;
  const made = new CommanderCommand(group).aliases([...(GROUP_ALIASES[group] ?? [])]);
  made.exitOverride().configureOutput(toOutput(context));
  root.addCommand(made);
  return made;
}

function toCommander(
  command: Command,
  context: CommandContext,
  run: (texts: FlagTexts) => Promise<void>,
): CommanderCommand {
  const result = new CommanderCommand(command.name.split(' ').at(-1))
    .summary(command.summary)
    .description(command.details === undefined ? command.summary : `${command.summary}\n\n${command.details}`)
    .addHelpText('after', (command.examples ?? []).map(toExampleHelp).join(''))
    .aliases([...(command.aliases ?? [])])
    .allowExcessArguments(command.toleratesUnknown === true)
    .allowUnknownOption(command.toleratesUnknown === true)
    .exitOverride()
    .configureOutput(toOutput(context))
    .showSuggestionAfterError();

  const texts = new Map<string, string[]>();
  for (const [key, flag] of Object.entries(command.flags)) {
    const collect = (text: string) => void texts.set(key, [...(texts.get(key) ?? []), text]);
    for (const option of toOptions(toFlagName(command, key), flag)) {
      result.addOption(option);
      result.on(`option:${option.name()}`, (text?: string) => collect(text ?? String(!option.negate)));
    }
  }
  const { positional } = command;
  if (positional === undefined) return result.action(() => run(texts));
  const words = command.flags[positional]?.placeholder ?? positional;
  const argument = command.takesMany === true ? `[${words}...]` : `[${words}]`;
  return result.argument(argument, command.flags[positional]?.summary).action((given?: string | string[]) => {
    const known = [given ?? []].flat().filter((text) => !text.startsWith('-'));
    if (known.length > 0) texts.set(positional, known);
    return run(texts);
  });
}

function toOptions(name: string, flag: Flag<unknown>): Option[] {
  const names = flag.letter === undefined ? name : `-${flag.letter}, ${name}`;
  if (flag.placeholder !== undefined) return [new Option(`${names} <${flag.placeholder}>`, toHelp(flag))];
  return [new Option(names, toHelp(flag)), new Option(name.replace('--', '--no-')).hideHelp()];
}

function toHelp(flag: Flag<unknown>): string {
  const notes = [
    ...(flag.absent === undefined ? ['required'] : []),
    ...(flag.absent?.text === undefined ? [] : [`default ${flag.absent.text}`]),
    ...(flag.env === undefined ? [] : [`environment ${flag.env}`]),
  ];
  return notes.length === 0 ? flag.summary : `${flag.summary} (${notes.join(', ')})`;
}

function toExampleHelp({ does, lines }: Example): string {
  return `\n${does}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** Turns `--switch=false` into `--no-switch`, the only spelling of the two that commander reads. */
function rewriteSwitches(argv: readonly string[], commands: readonly Command[]): string[] {
  const switches = new Set(
    commands.flatMap((command) =>
      Object.entries(command.flags)
        .filter(([, flag]) => flag.placeholder === undefined)
        .map(([key]) => toFlagName(command, key)),
    ),
  );
  return argv.map((arg) => {
    const [name = '', text] = arg.split('=', 2);
    if (text === undefined || !switches.has(name)) return arg;
    if (/^(true|t|1)$/i.test(text)) return name;
    return /^(false|f|0)$/i.test(text) ? name.replace('--', '--no-') : arg;
  });
}
