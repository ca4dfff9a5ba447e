/** Values by key, and as a sorted list, which is the identical value as long as nothing in it changes. */
export class SortedValues<K, T extends object> {
  readonly #compare: (a: T, b: T) => number;
  readonly #values = new Map<K, T>();
  readonly #removed = new Set<T>();
  readonly #added = new Set<T>();
  #list: readonly T[] = [];

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  /** As of the last commit. */
  get list(): readonly T[] {
    return this.#list;
  }

  /** What stands under a key now. */
  get(key: K): T | undefined {
    return this.#values.get(key);
  }

  /** What stands under a key from now on; `undefined` when nothing does. */
  put(key: K, value: T | undefined): void {
    const before = this.#values.get(key);
    if (before === value) return;
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
    this.#list = mergeSorted(kept, [...this.#added].sort(this.#compare), this.#compare);
    this.#removed.clear();
    this.#added.clear();
    return true;
  }
}

/** Merging is linear; sorting thousands of values anew for one that changed is what would be felt. */
function mergeSorted<T>(kept: readonly T[], added: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  const merged: T[] = [];
  let next = 0;
  for (const value of kept) {
    for (let head = added[next]; head && compare(head, value) < 0; head = added[++next]) merged.push(head);
    merged.push(value);
  }
  return merged.concat(added.slice(next));
}
