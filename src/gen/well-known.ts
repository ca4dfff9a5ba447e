import { MessageError } from './message-error.ts';
import { mismatch } from './scalar.ts';

/** Messages that hold one value and are that value in JSON. */
export const wrapperTypes: ReadonlySet<string> = new Set(
  ['Bool', 'Bytes', 'Double', 'Float', 'Int32', 'Int64', 'String', 'UInt32', 'UInt64'].map(
    (name) => `google.protobuf.${name}Value`,
  ),
);

/** Seconds and nanoseconds, as Duration and Timestamp hold them. */
export interface SecondsAndNanos {
  readonly seconds?: number | string | undefined;
  readonly nanos?: number | undefined;
}

/** `1.500s`: three, six or nine decimals, whatever is exact. */
export function printDuration({ seconds = 0, nanos = 0 }: SecondsAndNanos): string {
  const sign = Number(seconds) < 0 || nanos < 0 ? '-' : '';
  return `${sign}${String(seconds).replace('-', '')}${printFraction(Math.abs(nanos))}s`;
}

/** @throws MessageError for anything but decimal seconds with an `s`. */
export function parseDuration(text: unknown): SecondsAndNanos {
  const match = typeof text === 'string' ? /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(text) : null;
  if (match === null) throw mismatch('a duration such as "1.5s"', text);
  const [, sign = '', whole = '0', fraction = ''] = match;
  const factor = sign === '-' ? -1 : 1;
  return compact(factor * Number(whole), factor * Number(fraction.padEnd(9, '0')));
}

/** RFC 3339 in UTC. */
export function printTimestamp({ seconds = 0, nanos = 0 }: SecondsAndNanos): string {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) throw new MessageError(`timestamp of ${seconds} s is out of range`);
  return `${date.toISOString().slice(0, -'.000Z'.length)}${printFraction(nanos)}Z`;
}

/** @throws MessageError for anything but RFC 3339. */
export function parseTimestamp(text: unknown): SecondsAndNanos {
  const match =
    typeof text === 'string' ? /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) : null;
  const [, whole = '', fraction = '', zone = ''] = match ?? [];
  const ms = Date.parse(`${whole}${zone}`);
  if (Number.isNaN(ms)) throw mismatch('a time as in RFC 3339', text);
  return compact(ms / 1000, Number(fraction.padEnd(9, '0')));
}

function printFraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  return `.${digits.replace(/^(\d{3}|\d{6})0+$/, '$1')}`;
}

function compact(seconds: number, nanos: number): SecondsAndNanos {
  return { ...(seconds !== 0 && { seconds }), ...(nanos !== 0 && { nanos }) };
}

/** `a_b` as JSON spells it: `aB`. */
export function toCamelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The reverse of `toCamelCase`. */
export function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
