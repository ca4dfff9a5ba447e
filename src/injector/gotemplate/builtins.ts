import { type FunctionTable, ofAny, ofMany } from './function.ts';
import { printAll, printValue } from './print.ts';
import { printFormatted } from './printf.ts';
import { TemplateError } from './template-error.ts';
import { GoMap, type GoValue, isList, isStruct, isTrue, typeOf } from './value.ts';

/** Functions of Go's own; `and` and `or` are the interpreter's, as they leave arguments out. */
export const BUILTINS: FunctionTable = {
  not: ofAny(1, (value) => !isTrue(value)),
  eq: { parameters: ['any'], rest: 'any', call: (first, ...others) => isEqualToAny(first, others) },
  ne: ofAny(2, (a, b) => !isEqualToAny(a, [b])),
  lt: ofAny(2, isLess),
  le: ofAny(2, (a, b) => isLess(a, b) || isEqualToAny(a, [b])),
  gt: ofAny(2, (a, b) => !(isLess(a, b) || isEqualToAny(a, [b]))),
  ge: ofAny(2, (a, b) => !isLess(a, b)),
  len: ofAny(1, lengthOf),
  index: { parameters: ['any'], rest: 'any', call: (root, ...keys) => keys.reduce(indexInto, checkNil(root, 'index')) },
  print: ofMany((...values) => printAll(values)),
  println: ofMany((...values) => `${values.map(printValue).join(' ')}\n`),
  printf: { parameters: ['string'], rest: 'any', call: (format, ...values) => printFormatted(String(format), values) },
  html: ofMany((...values) => escapeHtml(printAll(values))),
  js: ofMany((...values) => escapeScript(printAll(values))),
  urlquery: ofMany((...values) => encodeURIComponent(printAll(values)).replaceAll('%20', '+')),
};

function kindOf(value: GoValue): string {
  if (value === undefined || value === null) return 'nil';
  return typeof value === 'object' ? 'other' : typeof value;
}

function isEqualToAny(first: GoValue, others: readonly GoValue[]): boolean {
  if (others.length === 0) throw new TemplateError('missing argument for comparison');
  return others.some((other) => isEqual(first, other));
}

function isEqual(a: GoValue, b: GoValue): boolean {
  const [kindA, kindB] = [kindOf(a), kindOf(b)];
  if (kindA === 'nil' || kindB === 'nil') return kindA === kindB || isNilPointer(a) || isNilPointer(b);
  if (kindA !== kindB) throw new TemplateError(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`);
  if (kindA === 'other' && !isStruct(b)) throw new TemplateError(`non-comparable type ${printValue(b)}: ${typeOf(b)}`);
  return a === b;
}

function isNilPointer(value: GoValue): boolean {
  return isStruct(value) && value.isNil;
}

function isLess(a: GoValue, b: GoValue): boolean {
  const [kindA, kindB] = [kindOf(a), kindOf(b)];
  if (['nil', 'other'].includes(kindA) || ['nil', 'other'].includes(kindB))
    throw new TemplateError('invalid type for comparison');
  if (kindA !== kindB) throw new TemplateError(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`);
  if (typeof a === 'boolean') throw new TemplateError('invalid type for comparison');
  return compare(a, b) < 0;
}

function compare(a: GoValue, b: GoValue): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : 1;
  return Number(a) < Number(b) ? -1 : 1;
}

function lengthOf(value: GoValue): bigint {
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value));
  if (isList(value)) return BigInt(value.length);
  if (value instanceof GoMap) return BigInt(value.entries.size);
  throw new TemplateError(
    value === null || isNilPointer(value) ? 'len of nil pointer' : `len of type ${typeOf(value)}`,
  );
}

function checkNil(value: GoValue, what: string): GoValue {
  if (value === undefined || value === null) throw new TemplateError(`${what} of untyped nil`);
  return value;
}

function indexInto(value: GoValue, key: GoValue): GoValue {
  if (value instanceof GoMap) {
    if (typeof key === 'string') return value.indexOf(key);
    if (key === undefined || key === null) throw new TemplateError('value is nil; should be of type string');
    throw new TemplateError(`value has type ${typeOf(key)}; should be string`);
  }
  if (isList(value)) return value[toIndex(key, value.length - 1)];
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return BigInt(bytes[toIndex(key, bytes.length - 1)] ?? 0);
  }
  if (value === undefined || value === null || isNilPointer(value)) throw new TemplateError('index of nil pointer');
  throw new TemplateError(`can't index item of type ${typeOf(value)}`);
}

function toIndex(key: GoValue, max: number): number {
  if (key === undefined || key === null) throw new TemplateError('cannot index slice/array with nil');
  if (typeof key !== 'bigint') throw new TemplateError(`cannot index slice/array with type ${typeOf(key)}`);
  if (key < 0n || key > BigInt(max)) throw new TemplateError(`index out of range: ${key}`);
  return Number(key);
}

const HTML: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\0': '\uFFFD',
};

function escapeHtml(text: string): string {
  return text.replace(/["'&<>\0]/g, (character) => HTML[character] ?? character);
}

function escapeScript(text: string): string {
  return text
    .replace(/[\\'"]/g, '\\$&')
    .replace(
      /[<>&=]|\p{Cc}/gu,
      (character) => `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
    );
}
