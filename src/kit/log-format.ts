/** How lines look: `json` and `text` as istiod's, `console` for a person at a terminal. */
export type LogFormat = 'json' | 'text' | 'console';

/** One thing that was logged. */
export interface LogRecord {
  readonly level: string;
  /** RFC 3339 with microseconds. */
  readonly time: string;
  readonly scope: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const colors: Readonly<Record<string, string>> = {
  fatal: '\u001b[31m',
  error: '\u001b[31m',
  warn: '\u001b[33m',
  info: '\u001b[36m',
  debug: '\u001b[2m',
};
const dim = '\u001b[2m';
const plain = '\u001b[0m';

/** One line, or several when an error brings its stack, without the last line's end. */
export function formatRecord(record: LogRecord, format: LogFormat): string {
  switch (format) {
    case 'json':
      return JSON.stringify(record);
    case 'text':
      return formatText(record);
    default:
      return formatConsole(record);
  }
}

function formatText({ time, level, scope, msg, err, ...fields }: LogRecord): string {
  return `${[time, level, scope, [msg, ...formatFields(fields)].join(' ')].join('\t')}${formatError(err)}`;
}

function formatConsole({ time, level, scope, msg, err, event: _, ...fields }: LogRecord): string {
  const clock = time.slice('2026-01-01T'.length, '2026-01-01T00:00:00.000'.length);
  const head = `${dim}${clock}${plain} ${colors[level] ?? ''}${level.padEnd(5)}${plain} ${scope.padEnd(10)} ${msg}`;
  const rest = formatFields(fields);
  return `${head}${rest.length === 0 ? '' : ` ${dim}${rest.join(' ')}${plain}`}${formatError(err)}`;
}

function formatFields(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${formatValue(value)}`);
}

function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return typeof value === 'string' && /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

/** Errors come as an object with `stack`, which says more than the message alone. */
function formatError(err: unknown): string {
  if (err === undefined) return '';
  if (typeof err === 'object' && err !== null && 'stack' in err) return `\n${err.stack}`;
  return ` err=${formatValue(err)}`;
}
