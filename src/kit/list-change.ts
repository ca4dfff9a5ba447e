import { findCommonEnds } from './common-ends.ts';

/** Elements that a list has no more, and those that are new in it; each in its order. */
export interface ListChange<T> {
  readonly gone: readonly T[];
  readonly come: readonly T[];
}

/** How `after` differs from `before`, by the identity of elements; where they stand does not matter. */
export function findListChange<T>(before: readonly T[], after: readonly T[]): ListChange<T> {
  const { prefix, suffix } = findCommonEnds(before, after);
  const old = before.slice(prefix, before.length - suffix);
  const now = after.slice(prefix, after.length - suffix);
  const [had, has] = [new Set(old), new Set(now)];
  return { gone: old.filter((element) => !has.has(element)), come: now.filter((element) => !had.has(element)) };
}
