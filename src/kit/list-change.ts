import { findCommonEnds } from './common-ends.ts';

/** Elements that a list has no more, and those that are new in it; each in its order. */
export interface ListChange<T> {
  readonly gone: readonly T[];
  readonly come: readonly T[];
  /** Whether elements that both have stand in another order. */
  readonly isReordered: boolean;
}

/** How `after` differs from `before`, by the identity of elements. */
export function findListChange<T>(before: readonly T[], after: readonly T[]): ListChange<T> {
  const { prefix, suffix } = findCommonEnds(before, after);
  const old = before.slice(prefix, before.length - suffix);
  const now = after.slice(prefix, after.length - suffix);
  const [had, has] = [new Set(old), new Set(now)];
  const kept = now.filter((element) => had.has(element));
  const isReordered = old.filter((element) => has.has(element)).some((element, i) => element !== kept[i]);
  return {
    gone: old.filter((element) => !has.has(element)),
    come: now.filter((element) => !had.has(element)),
    isReordered,
  };
}
