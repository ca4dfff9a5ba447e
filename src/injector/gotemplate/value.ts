/**
 * A value in a template. `undefined` is Go's "no value", which missing keys give; `null` is an interface that holds nothing; `bigint` is any
 * integer and `number` a float, which Go never compares with each other.
 */
export type GoValue = undefined | null | boolean | string | bigint | number | readonly GoValue[] | GoMap | GoStruct;

/** A map with texts for keys. */
export class GoMap {
  /** What a key that is not there gives to `index`: an empty text, or nothing. */
  readonly element: 'string' | 'any';
  readonly entries: Map<string, GoValue>;

  constructor(entries: Iterable<readonly [string, GoValue]> = [], element: GoMap['element'] = 'any') {
    this.entries = new Map(entries);
    this.element = element;
  }

  /** In the order of their names, as templates go through them. */
  listSorted(): readonly (readonly [string, GoValue])[] {
    return [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  indexOf(key: string): GoValue {
    const value = this.entries.get(key);
    return value === undefined && this.element === 'string' ? '' : value;
  }
}

/** A Go struct, or a pointer to one: fields and methods by name. */
export interface GoStruct {
  readonly typeName: string;
  /** A nil pointer: methods may still work. */
  readonly isNil: boolean;
  /** Where the type has such a field or method; `isMethod` for those that nil pointers have too. */
  find(name: string): { readonly value: GoValue; readonly isMethod: boolean } | undefined;
  /** What `print` prints; `undefined` where that is the struct's fields. */
  readonly text: string | undefined;
  /** As JSON. */
  toJson(): unknown;
}

export function isList(value: GoValue): value is readonly GoValue[] {
  return Array.isArray(value);
}

export function isStruct(value: GoValue): value is GoStruct {
  return typeof value === 'object' && value !== null && !isList(value) && !(value instanceof GoMap);
}

/** Whether a value is true: not zero, not empty, not nil. */
export function isTrue(value: GoValue): boolean {
  if (isList(value)) return value.length > 0;
  if (value instanceof GoMap) return value.entries.size > 0;
  return isStruct(value) ? !value.isNil : Boolean(value);
}

/** The name of a value's type, as Go's errors call it. */
export function typeOf(value: GoValue): string {
  switch (typeof value) {
    case 'undefined':
      return '<nil>';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float64';
    default:
      break;
  }
  if (value === null || value === undefined) return '<nil>';
  if (value instanceof GoMap) return value.element === 'string' ? 'map[string]string' : 'map[string]interface {}';
  return isStruct(value) ? value.typeName : '[]interface {}';
}

/** What JSON has for a value. */
export function toJson(value: GoValue): unknown {
  if (value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (isList(value)) return value.map(toJson);
  if (value instanceof GoMap) return Object.fromEntries(value.listSorted().map(([key, one]) => [key, toJson(one)]));
  return isStruct(value) ? value.toJson() : value;
}

/** The value for something of JSON; its numbers are floats, as Go reads them. */
export function fromJson(json: unknown): GoValue {
  if (json === undefined || json === null) return null;
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json === 'object') {
    const entries = Object.entries(json).filter(([, value]) => value !== undefined);
    return new GoMap(entries.map(([key, value]) => [key, fromJson(value)]));
  }
  return typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean' ? json : null;
}

/** A map of texts. */
export function toTextMap(texts: Readonly<Record<string, string>>): GoMap {
  return new GoMap(Object.entries(texts), 'string');
}
