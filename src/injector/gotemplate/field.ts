import { GoMap, type GoValue, isStruct, typeOf } from './value.ts';

/** What stands behind a dot, or why nothing does, in Go's words. */
export type Found = { readonly value: GoValue } | { readonly because: string };

/**
 * Finds a field, a key or a method by its name. What is missing in a map has no value, and neither has anything below it.
 * @param isFromMap Whether `value` was in a map of anything, where Go knows no more of its type.
 */
export function findField(value: GoValue, name: string, hasArguments: boolean, isFromMap: boolean): Found {
  if (value === undefined) return { value: undefined };
  if (value === null) return { because: `nil pointer evaluating interface {}.${name}` };
  if (value instanceof GoMap)
    return hasArguments ? { because: `${name} is not a method but has arguments` } : { value: value.entries.get(name) };
  const unknown = { because: `can't evaluate field ${name} in type ${isFromMap ? 'interface {}' : typeOf(value)}` };
  if (!isStruct(value)) return unknown;
  const found = value.find(name);
  if (found === undefined) return unknown;
  if (value.isNil && !found.isMethod) return { because: `nil pointer evaluating ${value.typeName}.${name}` };
  return hasArguments ? { because: `${name} has arguments but cannot be invoked as function` } : found;
}
