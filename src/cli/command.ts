import type { Flags, FlagValues, Parsed } from './flag.ts';

/** What a process reports to its shell. */
export const ExitCode = {
  ok: 0,
  /** The command was understood and did not succeed. */
  failed: 1,
  /** Traffic is not captured: what the CNI's repair controller looks for. */
  notCaptured: 126,
  /** The command line itself is wrong: EX_USAGE of sysexits(3). */
  usage: 64,
  /** We are wrong: EX_SOFTWARE of sysexits(3). */
  bug: 70,
} as const;
/** One of these, or that of a process which the command was for. */
export type ExitCode = number;

/** What a command may touch of the world around it. */
export interface CommandContext {
  /** Writes an answer, one line or more, to standard output. */
  readonly print: (text: string) => void;
  /** Writes a remark to standard error, where it does not get into a pipe. */
  readonly printError: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user or the system asks the process to stop. */
  readonly signal: AbortSignal;
}

/** Lines that a user can paste into a shell, and what they do. */
export interface Example {
  readonly does: string;
  readonly lines: readonly string[];
}

export interface CommandSpec<F extends Flags> {
  /** One word, or a group and one: `token create`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One sentence, for the list of commands. */
  readonly summary: string;
  /** What the command's own help says beyond that. */
  readonly details?: string;
  readonly examples?: readonly Example[];
  /**
   * How a key of `flags` becomes a flag: `discoveryAddress` is `--discovery-address` in `kebab`, the default.
   * `verbatim` leaves it alone, for flags whose names others have chosen (`--log_output_level`).
   */
  readonly flagNames?: 'kebab' | 'verbatim';
  readonly flags: F;
  /** Key of a flag that may also stand on the command line by itself, without its name. */
  readonly positional?: keyof F & string;
  /** Whether any number of words may stand by themselves; all go to the flag of `positional`. */
  readonly takesMany?: boolean;
  /** Flags that nobody knows are left aside: for a command that others' manifests start, of whatever version. */
  readonly toleratesUnknown?: boolean;
  run(values: FlagValues<F>, context: CommandContext): Promise<ExitCode> | ExitCode;
}

/** A command whose flags' types are settled: what a program is made of. */
export interface Command extends Omit<CommandSpec<Flags>, 'run' | 'positional'> {
  readonly positional?: string;
  /** `texts` holds what stood on the command line, by key of `flags`. */
  readonly run: (texts: FlagTexts, context: CommandContext) => Promise<ExitCode>;
}

export type FlagTexts = ReadonlyMap<string, readonly string[]>;

/** Defines a command; the values that `run` gets have the types that `flags` declare. */
export function defineCommand<const F extends Flags>(spec: CommandSpec<F>): Command {
  return {
    ...spec,
    async run(texts, context) {
      const problems: string[] = [];
      const values: Record<string, unknown> = {};
      for (const key of Object.keys(spec.flags)) {
        const read = readFlag(spec, key, texts, context.env);
        if (read.ok) values[key] = read.value;
        else problems.push(read.expected);
      }
      if (!isComplete(spec.flags, values)) {
        for (const problem of problems) context.printError(problem);
        context.printError(`Run "pilothouse ${spec.name} --help" for the flags of this command.`);
        return ExitCode.usage;
      }
      return spec.run(values, context);
    },
  };
}

/** The flag as it is typed, with its dashes. */
export function toFlagName(spec: Pick<CommandSpec<Flags>, 'flagNames'>, key: string): string {
  if (spec.flagNames === 'verbatim') return `--${key}`;
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function readFlag(
  spec: Pick<CommandSpec<Flags>, 'flags' | 'flagNames'>,
  key: string,
  texts: FlagTexts,
  env: CommandContext['env'],
): Parsed<unknown> {
  const flag = spec.flags[key];
  if (flag === undefined) throw new Error(`no flag "${key}"`);
  const name = toFlagName(spec, key);

  const fromEnv = flag.env === undefined ? undefined : env[flag.env] || undefined;
  const given = texts.get(key) ?? (fromEnv === undefined ? undefined : [fromEnv]);
  if (given === undefined) {
    return flag.absent === undefined
      ? { ok: false, expected: `${name} is required` }
      : { ok: true, value: flag.absent.value };
  }
  const parsed = flag.parse(given);
  if (parsed.ok) return parsed;
  const source = texts.has(key) ? name : `environment variable ${flag.env}`;
  return { ok: false, expected: `${source}: expected ${parsed.expected}, got "${given.join(' ')}"` };
}

function isComplete<F extends Flags>(flags: F, values: Record<string, unknown>): values is FlagValues<F> {
  return Object.keys(flags).every((key) => Object.hasOwn(values, key));
}
