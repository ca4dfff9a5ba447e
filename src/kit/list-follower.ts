import { findListChange, type ListChange } from './list-change.ts';

/** How something is derived from a list, and how that follows when the list changes. */
export interface Derivation<T, R> {
  /** From the whole list. */
  make(list: readonly T[]): R;
  /**
   * From what was made of the list before, exactly what `make` would make of `list`; `undefined` where that takes a look at everything. The
   * elements that both lists have are in the same order in both.
   */
  follow(before: R, change: ListChange<T>, list: readonly T[]): R | undefined;
}

/**
 * Makes a function that derives something from lists. For a list that is much like one before it, only what is different is looked at; what comes
 * out depends on the list alone.
 */
export function createListFollower<T extends object, R>({ make, follow }: Derivation<T, R>): (list: readonly T[]) => R {
  const made = new WeakMap<readonly T[], { readonly result: R }>();
  /** The last list that began with an element. */
  const last = new WeakMap<T, { readonly list: readonly T[]; readonly result: R }>();

  const derive = (list: readonly T[]): R => {
    const [first] = list;
    const before = first && last.get(first);
    if (before === undefined) return make(list);
    const change = findListChange(before.list, list);
    if (change.isReordered) return make(list);
    if (change.gone.length + change.come.length === 0) return before.result;
    return follow(before.result, change, list) ?? make(list);
  };

  return (list) => {
    const known = made.get(list);
    if (known !== undefined) return known.result;
    const result = derive(list);
    made.set(list, { result });
    const [first] = list;
    if (first !== undefined) last.set(first, { list, result });
    return result;
  };
}
