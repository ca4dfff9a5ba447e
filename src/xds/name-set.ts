/**
 * An immutable set of resource names of which, for equal content, one instance exists.
 *
 * Hundreds of proxies subscribe to the same hundreds of endpoints: they share one set, and whatever was computed for
 * it (which resources it selects, their encoded bytes) is found again by identity.
 */
export class NameSet {
  /** The set without names. */
  static readonly EMPTY: NameSet = new NameSet(new Set());

  static readonly #interned = new Map<string, WeakRef<NameSet>[]>();
  static readonly #collected = new FinalizationRegistry<string>((key) => NameSet.#forget(key));

  readonly #names: ReadonlySet<string>;
  readonly #unions = new WeakMap<NameSet, WeakRef<NameSet>>();

  private constructor(names: ReadonlySet<string>) {
    this.#names = names;
  }

  /** The one set of these names; order and repetition do not matter. */
  static of(names: Iterable<string>): NameSet {
    const unique = new Set(names);
    if (unique.size === 0) return NameSet.EMPTY;
    const key = digest(unique);
    const bucket = NameSet.#interned.get(key) ?? [];
    for (const ref of bucket) {
      const known = ref.deref();
      if (known !== undefined && known.size === unique.size && includesAll(unique, known.#names)) return known;
    }
    const created = new NameSet(unique);
    NameSet.#interned.set(key, [...bucket, new WeakRef(created)]);
    NameSet.#collected.register(created, key);
    return created;
  }

  static #forget(key: string): void {
    const alive = (NameSet.#interned.get(key) ?? []).filter((ref) => ref.deref() !== undefined);
    if (alive.length > 0) NameSet.#interned.set(key, alive);
    else NameSet.#interned.delete(key);
  }

  get size(): number {
    return this.#names.size;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#names[Symbol.iterator]();
  }

  /** The names of both sets. */
  union(other: NameSet): NameSet {
    if (other.size === 0 || other === this) return this;
    if (this.size === 0) return other;
    const known = this.#unions.get(other)?.deref();
    if (known !== undefined) return known;
    const united = includesAll(other, this.#names) ? this : NameSet.of([...this, ...other]);
    this.#unions.set(other, new WeakRef(united));
    return united;
  }

  /** The names of this set that `other` lacks. */
  minus(other: NameSet): NameSet {
    if (this.size === 0 || other.size === 0) return this;
    if (other === this) return NameSet.EMPTY;
    const rest = [...this].filter((name) => !other.has(name));
    return rest.length === this.size ? this : NameSet.of(rest);
  }

  /** The names that both sets have. */
  intersection(other: NameSet): NameSet {
    if (other === this) return this;
    const [small, large] = this.size <= other.size ? [this, other] : [other, this];
    const common = [...small].filter((name) => large.has(name));
    return common.length === small.size ? small : NameSet.of(common);
  }
}

function includesAll(names: Iterable<string>, known: ReadonlySet<string>): boolean {
  for (const name of names) if (!known.has(name)) return false;
  return true;
}

const HASH_SEED = 0x811c9dc5;
const HASH_PRIME = 0x01000193;

/** A key that does not depend on order. Only a bucket's key: equality is decided by comparing names. */
function digest(names: ReadonlySet<string>): string {
  let sum = 0;
  let mixed = 0;
  for (const name of names) {
    let hash = HASH_SEED;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), HASH_PRIME);
    sum = (sum + hash) | 0;
    mixed ^= Math.imul(hash, hash | 1);
  }
  return `${names.size}:${sum}:${mixed}`;
}
