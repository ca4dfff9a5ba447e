import { isPlain } from './plain.ts';

/** One place where two values differ. */
export interface Difference {
  /** `fields.and[indices]`. */
  readonly path: string;
  readonly istiod: unknown;
  readonly pilothouse: unknown;
}

/** Where two values differ, down to the smallest parts; elements of lists are told apart by `name` where all have one. */
export function listDifferences(istiod: unknown, pilothouse: unknown, path = ''): readonly Difference[] {
  if (Object.is(istiod, pilothouse)) return [];
  if (Array.isArray(istiod) && Array.isArray(pilothouse)) return listInLists(istiod, pilothouse, path);
  if (!isPlain(istiod) || !isPlain(pilothouse)) return [{ path, istiod, pilothouse }];
  const keys = [...new Set([...Object.keys(istiod), ...Object.keys(pilothouse)])].sort();
  return keys.flatMap((key) => listDifferences(istiod[key], pilothouse[key], path === '' ? key : `${path}.${key}`));
}

function listInLists(one: readonly unknown[], other: readonly unknown[], path: string): readonly Difference[] {
  const names = [one, other].map((list) => list.map(nameOf));
  const [first = [], second = []] = names;
  const areNamed = names.every((list) => !list.includes(undefined) && new Set(list).size === list.length);
  if (!areNamed || JSON.stringify(first) === JSON.stringify(second)) {
    const length = Math.max(one.length, other.length);
    return Array.from({ length }, (_, i) => listDifferences(one[i], other[i], `${path}[${i}]`)).flat();
  }
  const known = [...new Set([...first, ...second])];
  const inside = known.flatMap((name) =>
    listDifferences(one[first.indexOf(name)], other[second.indexOf(name)], `${path}[${name}]`),
  );
  // The same elements in another order.
  return inside.length > 0 ? inside : [{ path, istiod: first, pilothouse: second }];
}

function nameOf(value: unknown): string | undefined {
  return isPlain(value) && typeof value.name === 'string' ? value.name : undefined;
}
