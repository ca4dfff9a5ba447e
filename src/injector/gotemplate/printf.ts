import { quote } from './lexer.ts';
import { padExponent, printFloat, printValue, quoteValue } from './print.ts';
import { type GoValue, typeOf } from './value.ts';

/** What stands between `%` and the verb. */
interface Flags {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

const DIRECTIVE = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d+)?)?(.)?/gsu;

/**
 * Go's `Sprintf`, for the values that templates have.
 * @see Go fmt
 */
export function printFormatted(format: string, values: readonly GoValue[]): string {
  let next = 0;
  const takeNumber = (written: string | undefined): number | undefined => {
    if (written !== '*') return written === undefined ? undefined : Number(written);
    const value = values[next++];
    return typeof value === 'bigint' ? Number(value) : undefined;
  };
  const text = format.replace(DIRECTIVE, (...match: readonly (string | undefined)[]) => {
    const [whole = '', marks = '', width, precision, verb] = match;
    const flags = toFlags(marks, takeNumber(width), whole.includes('.') ? (takeNumber(precision) ?? 0) : undefined);
    if (verb === undefined) return '%!(NOVERB)';
    if (verb === '%') return '%';
    if (next >= values.length) return `%!${verb}(MISSING)`;
    return printDirective(values[next++], verb, flags);
  });
  if (next >= values.length) return text;
  const extra = values
    .slice(next)
    .map((value) => (value === undefined || value === null ? '<nil>' : `${typeOf(value)}=${printValue(value)}`));
  return `${text}%!(EXTRA ${extra.join(', ')})`;
}

function toFlags(marks: string, width: number | undefined, precision: number | undefined): Flags {
  const minus = marks.includes('-') || (width ?? 0) < 0;
  return {
    minus,
    plus: marks.includes('+'),
    sharp: marks.includes('#'),
    space: marks.includes(' '),
    zero: marks.includes('0') && !minus,
    width: width === undefined ? undefined : Math.abs(width),
    precision,
  };
}

function printDirective(value: GoValue, verb: string, flags: Flags): string {
  if (verb === 'T') return pad(typeOf(value), flags);
  const text = verb === 'v' ? printPlain(value, flags) : printVerb(value, verb, flags);
  if (text === undefined)
    return value === undefined || value === null
      ? `%!${verb}(<nil>)`
      : `%!${verb}(${typeOf(value)}=${printValue(value)})`;
  const isNumber = typeof value === 'bigint' || typeof value === 'number';
  return flags.zero && isNumber ? padZeros(text, flags) : pad(text, flags);
}

function printPlain(value: GoValue, flags: Flags): string {
  if (flags.sharp) return typeof value === 'string' ? quote(value) : printValue(value);
  if (typeof value === 'bigint') return printInteger(value, 10, flags);
  return typeof value === 'string' ? cut(value, flags) : printValue(value);
}

function printVerb(value: GoValue, verb: string, flags: Flags): string | undefined {
  if (typeof value === 'bigint') return printIntegerVerb(value, verb, flags);
  if (typeof value === 'number') return printFloatVerb(value, verb, flags);
  if (typeof value === 'boolean') return verb === 't' ? String(value) : undefined;
  if (typeof value === 'string') return printTextVerb(value, verb, flags);
  if (value === undefined || value === null) return undefined;
  if (verb === 's') return printValue(value);
  return verb === 'q' ? quoteValue(value) : undefined;
}

function printTextVerb(value: string, verb: string, flags: Flags): string | undefined {
  switch (verb) {
    case 's':
      return cut(value, flags);
    case 'q':
      return flags.sharp && !value.includes('`') ? `\`${value}\`` : quote(cut(value, flags));
    case 'x':
      return Buffer.from(value).toString('hex');
    case 'X':
      return Buffer.from(value).toString('hex').toUpperCase();
    default:
      return undefined;
  }
}

const RADIX: Readonly<Record<string, number>> = { d: 10, x: 16, X: 16, o: 8, b: 2 };

function printIntegerVerb(value: bigint, verb: string, flags: Flags): string | undefined {
  const radix = RADIX[verb];
  if (radix !== undefined) {
    const text = printInteger(value, radix, flags);
    return verb === 'X' ? text.toUpperCase() : text;
  }
  if (verb === 'c' || verb === 'q') {
    const character = String.fromCodePoint(Number(value));
    return verb === 'c' ? character : `'${character}'`;
  }
  return verb === 'U' ? `U+${value.toString(16).toUpperCase().padStart(4, '0')}` : undefined;
}

function printInteger(value: bigint, radix: number, flags: Flags): string {
  const prefix = flags.sharp ? ({ 16: '0x', 8: '0', 2: '0b' }[radix] ?? '') : '';
  const digits = (value < 0n ? -value : value).toString(radix).padStart(flags.precision ?? 0, '0');
  return sign(value < 0n, flags) + prefix + digits;
}

function sign(isNegative: boolean, { plus, space }: Flags): string {
  if (isNegative) return '-';
  if (plus) return '+';
  return space ? ' ' : '';
}

function printFloatVerb(value: number, verb: string, flags: Flags): string | undefined {
  const size = Math.abs(value);
  const front = sign(value < 0, flags);
  switch (verb) {
    case 'f':
    case 'F':
      return front + size.toFixed(flags.precision ?? 6);
    case 'e':
      return front + padExponent(size.toExponential(flags.precision ?? 6));
    case 'E':
      return front + padExponent(size.toExponential(flags.precision ?? 6)).toUpperCase();
    case 'g':
      return front + (flags.precision === undefined ? printFloat(size) : printPrecise(size, flags.precision));
    default:
      return undefined;
  }
}

function printPrecise(size: number, precision: number): string {
  const text = size.toPrecision(precision || 1);
  const [digits = '', exponent] = text.split('e');
  const short = digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits;
  return exponent === undefined ? short : padExponent(`${short}e${exponent}`);
}

function cut(text: string, { precision }: Flags): string {
  return precision === undefined ? text : [...text].slice(0, precision).join('');
}

function pad(text: string, { width = 0, minus }: Flags): string {
  const missing = ' '.repeat(Math.max(0, width - [...text].length));
  return minus ? text + missing : missing + text;
}

function padZeros(text: string, { width = 0 }: Flags): string {
  const [, front = '', digits = ''] = /^([-+ ]?)(.*)$/s.exec(text) ?? [];
  return front + digits.padStart(width - front.length, '0');
}
