import { asList, asNumber, type FunctionTable, ofAny, ofMany } from '../function.ts';
import { TemplateError } from '../template-error.ts';
import { type GoValue, isList, isTrue, toJson, typeOf } from '../value.ts';

/** What sprig has for lists. */
const LISTS_ALONE: FunctionTable = {
  list: ofMany((...values) => values),
  tuple: ofMany((...values) => values),
  first: ofAny(1, (list) => asList(list)[0] ?? null),
  last: ofAny(1, (list) => asList(list).at(-1) ?? null),
  rest: ofAny(1, (list) => asList(list).slice(1)),
  initial: ofAny(1, (list) => asList(list).slice(0, -1)),
  append: ofAny(2, (list, value) => [...asList(list), value]),
  push: ofAny(2, (list, value) => [...asList(list), value]),
  prepend: ofAny(2, (list, value) => [value, ...asList(list)]),
  concat: ofMany((...lists) => lists.flatMap(asList)),
  reverse: ofAny(1, (list) => asList(list).toReversed()),
  compact: ofAny(1, (list) => asList(list).filter(isTrue)),
  uniq: ofAny(1, (list) => toUnique(asList(list))),
  without: {
    parameters: ['any'],
    rest: 'any',
    call: (list, ...values) => asList(list).filter((one) => !holds(values, one)),
  },
  has: ofAny(2, (value, list) => holds(asList(list), value)),
  slice: {
    parameters: ['any'],
    rest: 'any',
    call: (list, start, end) => takePart(list, start, end),
  },
  chunk: { parameters: ['int', 'any'], call: (size, list) => toChunks(asList(list), Number(size)) },
};

/** Each function again under a name that begins with `must`, which fails rather than panics in Go; ours never does other than fail. */
export const LISTS: FunctionTable = {
  ...LISTS_ALONE,
  ...Object.fromEntries(
    Object.entries(LISTS_ALONE).map(([name, one]) => [`must${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, one]),
  ),
};

function identify(value: GoValue): string {
  return typeof value === 'bigint' ? `int ${value}` : JSON.stringify(toJson(value));
}

function holds(list: readonly GoValue[], value: GoValue): boolean {
  const wanted = identify(value);
  return list.some((one) => identify(one) === wanted);
}

/** Sprig's, which takes the place of Go's own, is for lists alone. */
function takePart(list: GoValue, start: GoValue, end: GoValue): readonly GoValue[] {
  if (!isList(list)) throw new TemplateError(`list should be type of slice or array but ${typeOf(list)}`);
  return list.slice(start === undefined ? 0 : asNumber(start), end === undefined ? list.length : asNumber(end));
}

function toUnique(list: readonly GoValue[]): readonly GoValue[] {
  return [...new Map(list.map((value) => [identify(value), value])).values()];
}

function toChunks(list: readonly GoValue[], size: number): readonly GoValue[] {
  if (size < 1) throw new TemplateError(`cannot cut a list into pieces of ${size}`);
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
