import { type FunctionTable, ofAny, ofMany } from '../function.ts';
import { TemplateError } from '../template-error.ts';
import { GoMap, type GoValue, isTrue } from '../value.ts';

/** What sprig has for maps. Some change a map in place, as their callers expect. */
export const MAPS: FunctionTable = {
  dict: ofMany((...pairs) => toMap(pairs)),
  get: { parameters: ['map', 'string'], call: (map, key) => entriesOf(map).get(String(key)) ?? '' },
  set: {
    parameters: ['map', 'string', 'any'],
    call: (map, key, value) => {
      entriesOf(map).set(String(key), value);
      return map;
    },
  },
  unset: {
    parameters: ['map', 'string'],
    call: (map, key) => {
      entriesOf(map).delete(String(key));
      return map;
    },
  },
  hasKey: { parameters: ['map', 'string'], call: (map, key) => entriesOf(map).has(String(key)) },
  keys: { parameters: [], rest: 'map', call: (...maps) => maps.flatMap((map) => [...entriesOf(map).keys()]) },
  values: { parameters: ['map'], call: (map) => [...entriesOf(map).values()] },
  pick: { parameters: ['map'], rest: 'string', call: (map, ...keys) => pick(map, keys) },
  pluck: { parameters: ['string'], rest: 'map', call: (key, ...maps) => pluck(String(key), maps) },
  merge: {
    parameters: ['map'],
    rest: 'map',
    call: (target, ...sources) => sources.reduce((into, map) => merge(into, map, false), target),
  },
  mergeOverwrite: {
    parameters: ['map'],
    rest: 'map',
    call: (target, ...sources) => sources.reduce((into, map) => merge(into, map, true), target),
  },
  deepCopy: ofAny(1, copy),
  dig: ofMany((...path) => dig(path)),
};

function entriesOf(map: GoValue): Map<string, GoValue> {
  return map instanceof GoMap ? map.entries : new Map();
}

function toMap(pairs: readonly GoValue[]): GoMap {
  const map = new GoMap();
  for (let index = 0; index < pairs.length; index += 2) map.entries.set(String(pairs[index]), pairs[index + 1] ?? '');
  return map;
}

function pick(map: GoValue, keys: readonly GoValue[]): GoMap {
  return new GoMap([...entriesOf(map)].filter(([key]) => keys.includes(key)));
}

function pluck(key: string, maps: readonly GoValue[]): readonly GoValue[] {
  return maps.filter((map) => entriesOf(map).has(key)).map((map) => entriesOf(map).get(key));
}

function merge(target: GoValue, source: GoValue, overwrites: boolean): GoValue {
  const entries = entriesOf(target);
  for (const [key, value] of entriesOf(source)) {
    const before = entries.get(key);
    if (before instanceof GoMap && value instanceof GoMap) merge(before, value, overwrites);
    else if (overwrites ? isTrue(value) : !isTrue(before)) entries.set(key, copy(value));
  }
  return target;
}

function copy(value: GoValue): GoValue {
  return value instanceof GoMap
    ? new GoMap(
        [...value.entries].map(([key, one]) => [key, copy(one)]),
        value.element,
      )
    : value;
}

/** Path, what to give where it leads nowhere, map. */
function dig(words: readonly GoValue[]): GoValue {
  if (words.length < 3) throw new TemplateError('dig needs at least three arguments');
  const fallback = words.at(-2);
  let value = words.at(-1);
  for (const key of words.slice(0, -2)) {
    value = value instanceof GoMap ? value.entries.get(String(key)) : undefined;
    if (value === undefined) return fallback;
  }
  return value;
}
