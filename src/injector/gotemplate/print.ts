import { quote } from './lexer.ts';
import { GoMap, type GoValue, isList, isStruct } from './value.ts';

/** A value as `{{ }}` puts it into the text. */
export function printOut(value: GoValue): string {
  return value === undefined || value === null ? '<no value>' : printValue(value);
}

/** A value as Go's `%v` prints it. */
export function printValue(value: GoValue): string {
  if (value === undefined || value === null) return '<nil>';
  if (typeof value === 'number') return printFloat(value);
  if (isList(value)) return `[${value.map(printValue).join(' ')}]`;
  if (value instanceof GoMap)
    return `map[${value
      .listSorted()
      .map(([key, one]) => `${key}:${printValue(one)}`)
      .join(' ')}]`;
  if (isStruct(value)) return value.isNil ? '<nil>' : (value.text ?? `{${JSON.stringify(value.toJson())}}`);
  return String(value);
}

/** Several values as Go's `Sprint`: a blank between two of which neither is text. */
export function printAll(values: readonly GoValue[]): string {
  let text = '';
  for (const [index, value] of values.entries()) {
    const needsBlank = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string';
    text += (needsBlank ? ' ' : '') + printValue(value);
  }
  return text;
}

/** A float as `%v` prints it: with an exponent below 1e-4 and from 1e21 on. */
export function printFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) return padExponent(value.toExponential());
  return String(value);
}

/** Exponents have two digits at least. */
export function padExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** A value as `%#v` and `%q` quote it. */
export function quoteValue(value: GoValue): string {
  if (isList(value)) return `[${value.map(quoteValue).join(' ')}]`;
  return typeof value === 'string' ? quote(value) : printValue(value);
}
