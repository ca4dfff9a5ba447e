/** How much smaller than its base the patch of a map stays. */
const SHARE = 8;
/** A patch may have so many entries in any case. */
const FEW = 64;

/**
 * An immutable map whose changed copies share what they have in common: a copy costs what was changed since the last time that everything was
 * written down, not what is in the map.
 */
export class PatchedMap<K, V> {
  readonly #base: ReadonlyMap<K, V>;
  /** What is otherwise than in the base; `undefined` for what is gone. */
  readonly #patch: ReadonlyMap<K, V | undefined>;

  private constructor(base: ReadonlyMap<K, V>, patch: ReadonlyMap<K, V | undefined>) {
    this.#base = base;
    this.#patch = patch;
  }

  /** A map of these entries; `entries` itself must not change any more. */
  static of<K, V>(entries: ReadonlyMap<K, V>): PatchedMap<K, V> {
    return new PatchedMap<K, V>(entries, new Map());
  }

  get(key: K): V | undefined {
    const value = this.#patch.get(key);
    return value === undefined && !this.#patch.has(key) ? this.#base.get(key) : value;
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  /** The same map with these changes; `undefined` deletes. */
  with(changes: Iterable<readonly [key: K, value: V | undefined]>): PatchedMap<K, V> {
    const patch = new Map(this.#patch);
    for (const [key, value] of changes) patch.set(key, value);
    if (patch.size <= Math.max(FEW, this.#base.size / SHARE)) return new PatchedMap(this.#base, patch);
    const whole = new Map(this.#base);
    for (const [key, value] of patch) {
      if (value === undefined) whole.delete(key);
      else whole.set(key, value);
    }
    return PatchedMap.of(whole);
  }
}
