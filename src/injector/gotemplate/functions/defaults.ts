import { type FunctionTable, ofAny, ofMany } from '../function.ts';
import { TemplateError } from '../template-error.ts';
import { fromJson, type GoValue, isTrue, toJson, typeOf } from '../value.ts';
import { GoMap, isList, isStruct } from '../value.ts';
import { printJson } from './json-text.ts';

/** What sprig has for values that may be missing, for JSON and for types. */
export const DEFAULTS: FunctionTable = {
  default: { parameters: ['any'], rest: 'any', call: (fallback, given) => (isTrue(given) ? given : fallback) },
  empty: ofAny(1, (value) => !isTrue(value)),
  coalesce: ofMany((...values) => values.find(isTrue) ?? null),
  all: ofMany((...values) => values.every(isTrue)),
  any: ofMany((...values) => values.some(isTrue)),
  ternary: { parameters: ['any', 'any', 'bool'], call: (yes, no, condition) => (condition === true ? yes : no) },
  fail: {
    parameters: ['string'],
    call: (message) => {
      throw new TemplateError(String(message));
    },
  },
  toJson: ofAny(1, (value) => printJson(value)),
  mustToJson: ofAny(1, (value) => printJson(value)),
  toPrettyJson: ofAny(1, (value) => printJson(value, 2)),
  mustToPrettyJson: ofAny(1, (value) => printJson(value, 2)),
  toRawJson: ofAny(1, (value) => JSON.stringify(toJson(value))),
  mustToRawJson: ofAny(1, (value) => JSON.stringify(toJson(value))),
  fromJson: { parameters: ['string'], call: (text) => parse(String(text)) ?? null },
  mustFromJson: { parameters: ['string'], call: parseOrFail },
  kindOf: ofAny(1, kindOf),
  kindIs: ofAny(2, (kind, value) => kind === kindOf(value)),
  typeOf: ofAny(1, typeOf),
  typeIs: ofAny(2, (type, value) => type === typeOf(value)),
  typeIsLike: ofAny(2, (type, value) => type === typeOf(value) || `*${String(type)}` === typeOf(value)),
  deepEqual: ofAny(2, (a, b) => JSON.stringify(tag(a)) === JSON.stringify(tag(b))),
};

function parse(text: string): GoValue | undefined {
  try {
    return fromJson(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function parseOrFail(text: GoValue): GoValue {
  try {
    return fromJson(JSON.parse(String(text)));
  } catch (error) {
    throw new TemplateError(error instanceof Error ? error.message : String(error));
  }
}

function kindOf(value: GoValue): string {
  if (value === undefined || value === null) return 'invalid';
  if (value instanceof GoMap) return 'map';
  if (isList(value)) return 'slice';
  return isStruct(value) ? 'struct' : typeOf(value);
}

/** Keeps integers and floats apart, which JSON does not. */
function tag(value: GoValue): unknown {
  if (typeof value === 'bigint') return { int: String(value) };
  if (isList(value)) return value.map(tag);
  if (value instanceof GoMap) return Object.fromEntries(value.listSorted().map(([key, one]) => [key, tag(one)]));
  return toJson(value);
}
