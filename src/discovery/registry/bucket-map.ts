const BUCKETS = 1024;

type Bucket<V> = ReadonlyMap<string, V>;

/**
 * An immutable map of which a changed copy costs little: only the buckets that a change falls into are copied. Snapshots are made from one
 * another by the thousand and live side by side; copying whole maps would make every change cost as much as the mesh is large.
 */
export class BucketMap<V> {
  readonly #buckets: readonly (Bucket<V> | undefined)[];
  readonly size: number;

  private constructor(buckets: readonly (Bucket<V> | undefined)[], size: number) {
    this.#buckets = buckets;
    this.size = size;
  }

  static empty<V>(): BucketMap<V> {
    return new BucketMap<V>(new Array<Bucket<V> | undefined>(BUCKETS).fill(undefined), 0);
  }

  get(key: string): V | undefined {
    return this.#buckets[bucketOf(key)]?.get(key);
  }

  /** Keys whose values differ. Maps that were made from one another share most buckets, and those are not looked at. */
  listDifferences(other: BucketMap<V>): readonly string[] {
    const keys = new Set<string>();
    for (const [at, bucket] of this.#buckets.entries()) {
      const old = other.#buckets[at];
      if (bucket === old) continue;
      for (const key of [...(bucket?.keys() ?? []), ...(old?.keys() ?? [])]) {
        if (bucket?.get(key) !== old?.get(key)) keys.add(key);
      }
    }
    return [...keys];
  }

  /** The same map with these changes; `undefined` deletes. Without changes it is this very map. */
  with(changes: Iterable<readonly [key: string, value: V | undefined]>): BucketMap<V> {
    const buckets = [...this.#buckets];
    const copies = new Map<number, Map<string, V>>();
    let size = this.size;
    for (const [key, value] of changes) {
      const at = bucketOf(key);
      const bucket = copies.get(at) ?? new Map(buckets[at]);
      copies.set(at, bucket);
      size -= bucket.size;
      if (value === undefined) bucket.delete(key);
      else bucket.set(key, value);
      size += bucket.size;
    }
    if (copies.size === 0) return this;
    for (const [at, bucket] of copies) buckets[at] = bucket.size === 0 ? undefined : bucket;
    return new BucketMap(buckets, size);
  }
}

function bucketOf(key: string): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
  // The low bits alone would know only the last few characters.
  return (hash ^ (hash >>> 15)) & (BUCKETS - 1);
}
