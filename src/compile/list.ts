import type { CompileCache } from './cache.ts';

/** How many elements one remembered list has at most: long lists are lists of lists, so that one change touches few of them. */
const WIDTH = 32;

/**
 * The list of these elements, the identical one whenever they are the identical elements in the same order: a computed list becomes an
 * argument that `CompileCache.call` knows again. Costs one look-up per element.
 */
export function internList<T>(cache: CompileCache, items: readonly T[]): readonly T[] {
  if (items.length <= WIDTH) return cache.call(listOf<T>, items.length, ...items);
  const groups: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += WIDTH) {
    const group = items.slice(at, at + WIDTH);
    groups.push(cache.call(listOf<T>, group.length, ...group));
  }
  return cache.call(concat<T>, internList(cache, groups));
}

// The length comes first, so that no list is the beginning of another.
function listOf<T>(_length: number, ...items: readonly T[]): readonly T[] {
  return items;
}

function concat<T>(groups: readonly (readonly T[])[]): readonly T[] {
  const all: T[] = [];
  for (const group of groups) all.push(...group);
  return all;
}
