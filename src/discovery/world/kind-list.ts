import { compareAge, type Meta, type ObjectKey } from '../../model/object.ts';

/** The objects of one kind in Istio's order. The list is the identical value as long as nothing in it changes. */
export class KindList<T extends { readonly meta: Meta }> {
  readonly #values = new Map<ObjectKey, T>();
  readonly #removed = new Set<T>();
  readonly #added = new Set<T>();
  #list: readonly T[] = [];

  /** As of the last commit. */
  get list(): readonly T[] {
    return this.#list;
  }

  /** What an object is from now on; `undefined` when it is gone. */
  put(key: ObjectKey, value: T | undefined): void {
    const before = this.#values.get(key);
    if (before && !this.#added.delete(before)) this.#removed.add(before);
    if (value === undefined) this.#values.delete(key);
    else {
      this.#values.set(key, value);
      if (!this.#removed.delete(value)) this.#added.add(value);
    }
  }

  /** Settles what was put. @returns whether the list is different now. */
  commit(): boolean {
    if (this.#removed.size === 0 && this.#added.size === 0) return false;
    const kept = this.#list.filter((value) => !this.#removed.has(value));
    const added = [...this.#added].sort((a, b) => compareAge(a.meta, b.meta));
    this.#list = mergeSorted(kept, added);
    this.#removed.clear();
    this.#added.clear();
    return true;
  }
}

/** Merging is linear; sorting thousands of objects anew for one that changed is what would be felt. */
function mergeSorted<T extends { readonly meta: Meta }>(kept: readonly T[], added: readonly T[]): readonly T[] {
  const merged: T[] = [];
  let next = 0;
  for (const value of kept) {
    for (let head = added[next]; head && compareAge(head.meta, value.meta) < 0; head = added[++next]) merged.push(head);
    merged.push(value);
  }
  return merged.concat(added.slice(next));
}
