import { TemplateError } from './template-error.ts';
import { GoMap, type GoValue, isList, isStruct, typeOf } from './value.ts';

/** What a function takes: `any` includes nothing at all. */
export type ParameterType = 'any' | 'string' | 'int' | 'bool' | 'map' | 'list' | 'struct';

/** A function that templates may call. Arguments are checked before it is. */
export interface GoFunction {
  readonly parameters: readonly ParameterType[];
  /** The type of any further arguments. */
  readonly rest?: ParameterType;
  readonly call: (...values: readonly GoValue[]) => GoValue;
}

/** Functions by name. */
export type FunctionTable = Readonly<Record<string, GoFunction>>;

const GO_NAME: Readonly<Record<ParameterType, string>> = {
  any: 'interface {}',
  string: 'string',
  int: 'int',
  bool: 'bool',
  map: 'map[string]interface {}',
  list: '[]interface {}',
  struct: 'struct',
};

/** A value in the form that a parameter takes; in case it is of another type, the reason. */
export function fitArgument(
  value: GoValue,
  type: ParameterType,
): { readonly value: GoValue } | { readonly because: string } {
  if (type === 'any') return { value: value ?? null };
  if (value === undefined || value === null) {
    // Maps and lists can be nil, texts and numbers cannot.
    if (type === 'map') return { value: new GoMap([], 'string') };
    return type === 'list' ? { value: [] } : { because: `invalid value; expected ${GO_NAME[type]}` };
  }
  if (isOfType(value, type)) return { value };
  return { because: `wrong type for value; expected ${GO_NAME[type]}; got ${typeOf(value)}` };
}

function isOfType(value: GoValue, type: ParameterType): boolean {
  switch (type) {
    case 'any':
      return true;
    case 'string':
      return typeof value === 'string';
    case 'int':
      return typeof value === 'bigint';
    case 'bool':
      return typeof value === 'boolean';
    case 'map':
      return value instanceof GoMap;
    case 'list':
      return isList(value);
    case 'struct':
      return isStruct(value);
  }
}

/** A function of texts. */
export function ofTexts(count: number, call: (...texts: readonly string[]) => GoValue): GoFunction {
  return {
    parameters: Array.from({ length: count }, () => 'string' as const),
    call: (...values) => call(...values.map((value) => (typeof value === 'string' ? value : ''))),
  };
}

/** A function of any values. */
export function ofAny(count: number, call: (...values: readonly GoValue[]) => GoValue): GoFunction {
  return { parameters: Array.from({ length: count }, () => 'any' as const), call };
}

/** A function of as many values as there are. */
export function ofMany(call: (...values: readonly GoValue[]) => GoValue): GoFunction {
  return { parameters: [], rest: 'any', call };
}

/** The text of an argument that was checked to be one. */
export function asText(value: GoValue): string {
  return typeof value === 'string' ? value : '';
}

/** A number of an argument, whatever it is written as; 0 for what is none. */
export function asNumber(value: GoValue): number {
  if (typeof value === 'string') return Number.parseInt(value, 10) || 0;
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean' ? Number(value) : 0;
}

/** The entries of an argument that is a map. */
export function asMap(value: GoValue): GoMap {
  return value instanceof GoMap ? value : new GoMap();
}

/** The elements of an argument that is a list. */
export function asList(value: GoValue): readonly GoValue[] {
  if (isList(value)) return value;
  if (value === undefined || value === null) return [];
  throw new TemplateError(`cannot use ${typeOf(value)} as a list`);
}
