/** How much a scope says, least first; `none` says nothing. */
export const logLevels = ['none', 'fatal', 'error', 'warn', 'info', 'debug'] as const;

/** One of `logLevels`. */
export type LogLevel = (typeof logLevels)[number];

/** What a text such as `default:info,ads:debug` asks for. */
export interface LogLevelSettings {
  /** Levels by scope; `default` is for every scope that is not named, and `all` has become `default`. */
  readonly levels: ReadonlyMap<string, LogLevel>;
  /** What could not be read, one sentence each; the rest holds. */
  readonly problems: readonly string[];
}

/** Reads the value of `--log_output_level`. A level without scope is that of `default`. */
export function parseLogLevels(text: string): LogLevelSettings {
  const levels = new Map<string, LogLevel>();
  const problems: string[] = [];
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const pieces = part.trim().split(':');
    const [scope, level] = pieces.length === 1 ? ['default', pieces[0]] : pieces;
    if (scope === undefined || scope === '' || pieces.length > 2)
      problems.push(`"${part}" is not of the form scope:level`);
    else if (!isLogLevel(level)) problems.push(`"${level}" is no log level: one of ${logLevels.join(', ')}`);
    else setLevel(levels, scope, level);
  }
  return { levels, problems };
}

function setLevel(levels: Map<string, LogLevel>, scope: string, level: LogLevel): void {
  if (scope === 'all') levels.clear();
  levels.set(scope === 'all' ? 'default' : scope, level);
}

/** Whether the text is a level's name. */
export function isLogLevel(text: string | undefined): text is LogLevel {
  return logLevels.some((level) => level === text);
}
