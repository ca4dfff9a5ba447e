/** Values by namespace and name. The map, and that of each namespace, is the identical value as long as nothing in it changes. */
export class NamedValues<T> {
  readonly #changes = new Map<string, Map<string, T | undefined>>();
  #values: ReadonlyMap<string, ReadonlyMap<string, T>> = new Map();

  /** As of the last commit. */
  get values(): ReadonlyMap<string, ReadonlyMap<string, T>> {
    return this.#values;
  }

  /** What a name stands for from now on; `undefined` when for nothing. */
  put(namespace: string, name: string, value: T | undefined): void {
    const changes = this.#changes.get(namespace) ?? new Map<string, T | undefined>();
    this.#changes.set(namespace, changes.set(name, value));
  }

  /** Settles what was put. @returns whether anything is different now. */
  commit(): boolean {
    const next = new Map(this.#values);
    let isChanged = false;
    for (const [namespace, changes] of this.#changes) {
      const before = next.get(namespace);
      const effective = [...changes].filter(([name, value]) => before?.get(name) !== value);
      if (effective.length === 0) continue;
      isChanged = true;
      const names = new Map(before);
      for (const [name, value] of effective) {
        if (value === undefined) names.delete(name);
        else names.set(name, value);
      }
      if (names.size === 0) next.delete(namespace);
      else next.set(namespace, names);
    }
    this.#changes.clear();
    if (isChanged) this.#values = next;
    return isChanged;
  }
}
