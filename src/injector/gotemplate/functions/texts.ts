import { asNumber, asText, type FunctionTable, ofAny, ofMany, ofTexts } from '../function.ts';
import { quote } from '../lexer.ts';
import { printValue } from '../print.ts';
import { type GoMap, type GoValue, isList, toTextMap } from '../value.ts';

/** What sprig has for texts. */
export const TEXTS: FunctionTable = {
  trim: ofTexts(1, (text) => (text ?? '').trim()),
  trimAll: ofTexts(2, (set = '', text = '') => trimSet(text, set, true, true)),
  trimall: ofTexts(2, (set = '', text = '') => trimSet(text, set, true, true)),
  trimPrefix: ofTexts(2, (prefix = '', text = '') => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  trimSuffix: ofTexts(2, (suffix = '', text = '') =>
    suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
  ),
  upper: ofTexts(1, (text) => text?.toUpperCase()),
  lower: ofTexts(1, (text) => text?.toLowerCase()),
  title: ofTexts(1, (text) =>
    text?.replace(/(^|[^\p{L}\p{N}_'])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase()),
  ),
  untitle: ofTexts(1, (text) =>
    text?.replace(/(^|\s)(\S)/gu, (_, before: string, letter: string) => before + letter.toLowerCase()),
  ),
  repeat: {
    parameters: ['int', 'string'],
    call: (count, text) => asText(text).repeat(Math.min(100_000, Math.max(0, Number(count)))),
  },
  substr: {
    parameters: ['int', 'int', 'string'],
    call: (start, end, text) => substring(asText(text), Number(start), Number(end)),
  },
  trunc: { parameters: ['int', 'string'], call: (count, text) => truncate(asText(text), Number(count)) },
  abbrev: { parameters: ['int', 'string'], call: (width, text) => abbreviate(asText(text), Number(width)) },
  nospace: ofTexts(1, (text) => text?.replace(/\s/gu, '')),
  initials: ofTexts(1, (text = '') =>
    text
      .split(/\s+/u)
      .map((word) => [...word][0] ?? '')
      .join(''),
  ),
  hasPrefix: ofTexts(2, (prefix = '', text = '') => text.startsWith(prefix)),
  hasSuffix: ofTexts(2, (suffix = '', text = '') => text.endsWith(suffix)),
  replace: ofTexts(3, (before = '', after = '', text = '') => text.replaceAll(before, () => after)),
  plural: { parameters: ['string', 'string', 'int'], call: (one, many, count) => (count === 1n ? one : many) },
  snakecase: ofTexts(1, (text = '') => splitWords(text).join('_')),
  kebabcase: ofTexts(1, (text = '') => splitWords(text).join('-')),
  camelcase: ofTexts(1, (text = '') => splitWords(text).map(capitalize).join('')),
  quote: ofMany((...values) =>
    listPresent(values)
      .map((value) => quote(value))
      .join(' '),
  ),
  squote: ofMany((...values) =>
    listPresent(values)
      .map((value) => `'${value}'`)
      .join(' '),
  ),
  cat: ofMany((...values) => listPresent(values).join(' ')),
  nindent: { parameters: ['int', 'string'], call: (spaces, text) => `\n${indentAll(asText(text), Number(spaces))}` },
  split: ofTexts(2, (separator = '', text = '') => toNumbered(text.split(separator))),
  splitn: {
    parameters: ['string', 'int', 'string'],
    call: (separator, count, text) => toNumbered(splitTimes(asText(text), asText(separator), Number(count))),
  },
  splitList: ofTexts(2, (separator = '', text = '') => text.split(separator)),
  join: { parameters: ['string', 'any'], call: (separator, values) => toTexts(values).join(asText(separator)) },
  toStrings: ofAny(1, (values) => toTexts(values)),
  sortAlpha: ofAny(1, (values) => [...toTexts(values)].sort((a, b) => (a < b ? -1 : 1))),
  toString: ofAny(1, printValue),
  atoi: { parameters: ['string'], call: (text) => BigInt(asNumber(text)) },
};

function listPresent(values: readonly GoValue[]): readonly string[] {
  return values.filter((value) => value !== undefined && value !== null).map(printValue);
}

function trimSet(text: string, set: string, start: boolean, end: boolean): string {
  const characters = [...text];
  let from = 0;
  let to = characters.length;
  while (start && from < to && set.includes(characters[from] ?? '')) from++;
  while (end && to > from && set.includes(characters[to - 1] ?? '')) to--;
  return characters.slice(from, to).join('');
}

function substring(text: string, start: number, end: number): string {
  if (start < 0) return text.slice(0, end);
  return end < 0 || end > text.length ? text.slice(start) : text.slice(start, end);
}

function truncate(text: string, count: number): string {
  if (count < 0) return text.length + count > 0 ? text.slice(text.length + count) : text;
  return text.slice(0, count);
}

function abbreviate(text: string, width: number): string {
  return width < 4 || text.length <= width ? text : `${text.slice(0, width - 3)}...`;
}

function splitWords(text: string): readonly string[] {
  const words = text.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2');
  return words
    .split(/[\s_-]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

function capitalize(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function indentAll(text: string, spaces: number): string {
  const pad = ' '.repeat(Math.max(0, spaces));
  return pad + text.replaceAll('\n', `\n${pad}`);
}

function toNumbered(parts: readonly string[]): GoMap {
  return toTextMap(Object.fromEntries(parts.map((part, index) => [`_${index}`, part])));
}

function splitTimes(text: string, separator: string, count: number): readonly string[] {
  const parts = text.split(separator);
  return count > 0 && parts.length > count
    ? [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]
    : parts;
}

function toTexts(values: GoValue): readonly string[] {
  if (isList(values)) return listPresent(values);
  return values === undefined || values === null ? [] : [printValue(values)];
}
