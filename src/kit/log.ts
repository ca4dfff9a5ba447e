import { pino } from 'pino';
import { formatRecord, type LogFormat, type LogRecord } from './log-format.ts';
import { type LogLevel, logLevels } from './log-levels.ts';

/** What goes with a message: `event` is its stable name (`xds.nack`), the rest are its facts. */
export interface LogFields {
  readonly event?: string;
  /** What a `catch` caught; its stack is printed. */
  readonly err?: unknown;
  readonly [field: string]: unknown;
}

/** Writes one line per fact. */
export interface Logger {
  readonly scope: string;
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  fatal(fields: LogFields, message: string): void;
  /** A logger that adds these fields to every line: what does not change on a stream is bound once. */
  child(fields: LogFields): Logger;
  /** Whether a line of this level would be written: asked before fields that are dear to compute. */
  writes(level: LogLevel): boolean;
}

/** How and where all loggers of a process write. */
export interface LogSettings {
  /** Levels by scope; `default` is for all others. */
  readonly levels?: ReadonlyMap<string, LogLevel>;
  /** When absent, `console` on a terminal and `text` elsewhere. */
  readonly format?: LogFormat;
  /** Takes lines, with their ends; standard error when absent. */
  readonly write?: (line: string) => void;
}

/** Key material must not reach a log, whoever logs it. */
const secretFields = ['privateKey', 'private_key', 'token', 'jwt', 'authorization', 'password', 'csr', 'key'];
const secretPaths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
const privateKeyBlock = /-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|"|$)/gs;
const redacted = '[redacted]';

/** A scope's level changes while its loggers live, so they share this object. */
interface Scope {
  readonly name: string;
  rank: number;
}

const scopes = new Map<string, Scope>();
let settings: Required<LogSettings> = { levels: new Map(), format: defaultFormat(), write: writeToStderr };

const sink = pino(
  {
    base: null,
    level: 'debug',
    timestamp: () => `,"time":"${timestamp()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: secretPaths, censor: redacted },
  },
  { write: (line) => writeLine(line) },
);

/** The logger of a scope: `ads`, `ca`, `model`, as operators name it in `--log_output_level`. */
export function createLog(scope: string): Logger {
  return bindLogger(getScope(scope), sink.child({ scope }));
}

/** For what belongs to no part: the scope `default`. */
export const rootLog: Logger = createLog('default');

/** Sets levels, form and place of all loggers, also of those that exist. What is absent stays as it is. */
export function configureLogs(next: LogSettings): void {
  settings = { ...settings, ...next };
  for (const scope of scopes.values()) scope.rank = rankOf(scope.name);
}

/** Every scope and its level, sorted: what ControlZ shows. */
export function listLogScopes(): readonly { readonly scope: string; readonly level: LogLevel }[] {
  return [...scopes.values()]
    .map(({ name, rank }) => ({ scope: name, level: logLevels[rank] ?? 'info' }))
    .sort((a, b) => (a.scope < b.scope ? -1 : 1));
}

/** Changes one scope's level while the process runs. */
export function setLogLevel(scope: string, level: LogLevel): void {
  configureLogs({ levels: new Map([...settings.levels, [scope, level]]) });
}

function bindLogger(scope: Scope, target: pino.Logger): Logger {
  const writes = (level: LogLevel) => logLevels.indexOf(level) <= scope.rank;
  const writer = (level: 'debug' | 'info' | 'warn' | 'error' | 'fatal') => (fields: LogFields, message: string) => {
    if (writes(level)) target[level](fields, message);
  };
  return {
    scope: scope.name,
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    fatal: writer('fatal'),
    child: (fields) => bindLogger(scope, target.child({ ...fields })),
    writes,
  };
}

function getScope(name: string): Scope {
  const known = scopes.get(name);
  if (known !== undefined) return known;
  const scope = { name, rank: rankOf(name) };
  scopes.set(name, scope);
  return scope;
}

function rankOf(scope: string): number {
  return logLevels.indexOf(settings.levels.get(scope) ?? settings.levels.get('default') ?? 'info');
}

function writeLine(line: string): void {
  const record: LogRecord = JSON.parse(
    line.includes('PRIVATE KEY') ? line.replace(privateKeyBlock, redactBlock) : line,
  );
  settings.write(`${formatRecord(record, settings.format)}\n`);
}

/** The block may have swallowed the quote that ends its string. */
function redactBlock(block: string): string {
  return block.endsWith('"') ? `${redacted}"` : redacted;
}

function writeToStderr(line: string): void {
  process.stderr.write(line);
}

function defaultFormat(): LogFormat {
  return process.stderr.isTTY ? 'console' : 'text';
}

/** The wall clock has milliseconds; istiod prints microseconds, and people's parsers expect six digits. */
function timestamp(): string {
  return new Date().toISOString().replace('Z', '000Z');
}
